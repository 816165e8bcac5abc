// One connection between the kernel and libmicrohttpd: every byte that libmicrohttpd reads comes through `receive`, which has it judged first.
//
//     kernel ──recv──> Inlet ──sound bytes──> libmicrohttpd
//                        │ └──fields──> kept here until the head is whole
//                        └──refused──> answer on the socket, the rest is read and let go, the end
//
// libmicrohttpd acts on fields while they come: one without a name ends the head, a line without a colon is answered. So it gets the request
// line, which begins a request, and then all fields at once.
//
// The daemon's thread reads; the doorkeeper's queue looks at the clock. Whoever moves the phase to `refused`, under the lock, writes the answer:
// then libmicrohttpd has nothing to send, since it reads only while no answer is under way.

import Glibc
import Synchronization

final class Inlet: Sendable {
    private struct State {
        var judge: FramingJudge
        var clock: RequestClock
        /// Requests that have been answered, or broken off.
        var ended = 0
        /// When the last of those was.
        var lastEnd: UInt64 = 0
        /// To be answered when the requests before it are.
        var verdict: Refusal?
        var isLast = false
        var isClosed = false
        var discarded = 0
        /// The client had sent all that it will when its last request was taken up.
        var isHalfClosed = false
        /// The answer that is under way, where it goes on for as long as its client likes.
        var stream: BodyStream?
    }

    /// Renders a refusal of what the head so far says; the application's code.
    typealias Renderer = @Sendable (Refusal, HTTPRequest) -> HTTPResponse

    let address: String
    let socket: Int32
    private let patience: RequestClock.Patience
    private let mostDiscarded: Int
    /// When the server was told to end.
    private let end: @Sendable () -> UInt64?
    private let render: Renderer
    private let state: Mutex<State>

    init(
        _ socket: Int32,
        _ address: String,
        limits: RequestLimits,
        bodyLimit: Int,
        mostDiscarded: Int,
        patience: RequestClock.Patience,
        now: UInt64,
        end: @escaping @Sendable () -> UInt64?,
        render: @escaping Renderer
    ) {
        self.socket = socket
        self.address = address
        self.patience = patience
        self.mostDiscarded = mostDiscarded
        self.end = end
        self.render = render
        state = Mutex(State(judge: FramingJudge(limits: limits, bodyLimit: bodyLimit), clock: RequestClock(now: now)))
    }

    // MARK: On the daemon's thread

    /// Stands in for `recv`: what is not sound is never seen by libmicrohttpd.
    func receive(_ buffer: UnsafeMutableRawPointer, _ count: Int, _ flags: Int32, now: UInt64) -> Int {
        let (received, refusal) = state.withLock { state -> (Int, Refusal?) in
            guard !state.clock.isRefused else { return unsafe (discard(buffer, count, flags, &state), nil) }
            let held = state.judge.unfinished.count
            // It never is as much: libmicrohttpd reads a head into a buffer that is larger than the largest (`RequestLimits.poolSize`).
            guard held < count else { return (wouldBlock(), nil) }
            // Before the judge goes on, so that its bytes are nobody else's when it appends to them.
            unsafe UnsafeMutableRawBufferPointer(start: buffer, count: held).copyBytes(from: state.judge.unfinished)
            let place = unsafe buffer + held
            let received = unsafe recvfrom(socket, place, count - held, flags, nil, nil)
            guard received > 0 else { return (received, nil) }
            let piece = unsafe UnsafeRawBufferPointer(start: place, count: received)
            let finding = unsafe state.judge.take(piece)
            for name in state.judge.cookies { unsafe VeiledName.veil(buffer + held + name) }
            let (sound, refusal) = judge(finding, behind: held, &state, now)
            if received == count - held, sound < count { tellAgain() }
            return (sound, refusal)
        }
        if let refusal { say(refusal) }
        return received
    }

    /// libmicrohttpd takes less than it has asked for, or nothing, for all that there is, and its epoll tells of bytes only when they come
    /// (EPOLLET). Where it is we who hold some back, the kernel may have more: of that it tells once more when the number of bytes from which
    /// on a socket is readable is set, be it to what it was (Linux 4.18, `tcp_set_rcvlowat`).
    private func tellAgain() {
        var least: Int32 = 1
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &least, socklen_t(MemoryLayout<Int32>.size))
    }

    /// How much libmicrohttpd gets of what was held and the piece behind it, and what is to be answered now.
    private func judge(
        _ finding: FramingJudge.Finding,
        behind held: Int,
        _ state: inout State,
        _ now: UInt64
    ) -> (Int, Refusal?) {
        state.clock.heard(at: now)
        state.verdict = finding.refusal
        let isAll = state.judge.whole == state.ended
        let isDue = finding.refusal != nil && isAll
        state.clock.enter(isDue ? .refused : Self.phase(state), at: now)
        // As in `end`: half a request, or none but empty lines, whose client has closed its side is never a whole one.
        if isAll, !isDue, Self.isAtEnd(socket) { shutdown(socket, Int32(SHUT_RDWR)) }
        // Where nothing of the piece is sound, what was held is the beginning of what is refused.
        let sound = finding.sound == 0 ? 0 : held + finding.sound - state.judge.unfinished.count
        return (sound > 0 ? sound : wouldBlock(), isDue ? finding.refusal : nil)
    }

    /// A request has been answered, or broken off.
    func end(now: UInt64) {
        let refusal: Refusal? = state.withLock { state in
            (state.ended, state.lastEnd) = (state.ended + 1, now)
            state.stream = nil
            guard !state.clock.isRefused else { return nil }
            let isAll = state.judge.whole == state.ended
            let isDue = state.verdict != nil && isAll && !state.isLast
            // The next one may have been there before: each has an answer's time.
            state.clock.begin(isDue ? .refused : Self.phase(state), at: now)
            // libmicrohttpd hears of the end only where it comes by itself: it does not read again behind a piece that did not fill its buffer.
            if state.isHalfClosed, isAll, !isDue, Self.isAtEnd(socket) { shutdown(socket, Int32(SHUT_RDWR)) }
            return isDue ? state.verdict : nil
        }
        if let refusal { say(refusal) }
    }

    /// When the request in hand was all there: with the kernel, or, where it came behind another one, when that was answered. Between then
    /// and now it has waited for nothing but its loop.
    func arrival(now: UInt64) -> UInt64 {
        let (silence, isHalfClosed) = kernelsWord
        let lastEnd = state.withLock { state in
            state.isHalfClosed = isHalfClosed
            return state.lastEnd
        }
        return max(now - min(now, silence), lastEnd)
    }

    /// Nanoseconds since anything came for this connection (tcp(7), TCP_INFO), to a few milliseconds, and whether the client will send no
    /// more; 0 and no where the kernel does not say.
    private var kernelsWord: (silence: UInt64, isHalfClosed: Bool) {
        var info = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        guard unsafe getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 else { return (0, false) }
        return (UInt64(info.tcpi_last_data_recv) * 1_000_000, Int(info.tcpi_state) == Int(TCP_CLOSE_WAIT))
    }

    /// Whether all has been read that the client will ever send: half a request behind the last one stays half.
    private static func isAtEnd(_ socket: Int32) -> Bool {
        var byte: UInt8 = 0
        // `recv` is what `receive` stands in for.
        return unsafe recvfrom(socket, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT), nil, nil) == 0
    }

    /// From now on an answer is on its way that is this connection's last: nothing more is said on it.
    func answerLast(now: UInt64) {
        state.withLock { state in
            state.isLast = true
            state.clock.enter(.handed, at: now)
        }
    }

    /// The last answer on this connection is a stream. The kernel keeps as much of it for a client that does not read as we do, and no more.
    func answer(_ stream: BodyStream, now: UInt64) {
        stream.begin(at: now)
        state.withLock { state in
            state.stream = stream
            state.clock.enter(.streaming, at: now)
        }
        var size = Int32(clamping: stream.capacity)
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The socket is about to be closed.
    func close() { state.withLock { $0.isClosed = true } }

    /// Whether its bytes have come this way: they must.
    var isFed: Bool { state.withLock { !$0.judge.head.isEmpty } }

    // MARK: On the doorkeeper's queue

    /// Ends what has taken too long.
    func look(now: UInt64) {
        if let stream = state.withLock({ $0.stream }) { return look(at: stream, now: now) }
        let end = end()
        let refusal: Refusal? = state.withLock { state in
            let verdict = state.clock.verdict(at: now, isInHead: state.judge.isInHead, end: end, patience)
            switch verdict {
            case .goesOn: return nil
            case .isTooSlow, .isInTheWay:
                state.clock.enter(.refused, at: now)
                return verdict == .isInTheWay ? .draining : .tooSlow
            case .isOver:
                leave(&state, now)
                return nil
            }
        }
        if let refusal { say(refusal) }
    }

    /// Of a suspended connection libmicrohttpd hears nothing: whether its client is still there has to be asked.
    private func look(at stream: BodyStream, now: UInt64) {
        let hasLeft = state.withLock { !$0.isClosed && Self.hasLeft(socket) }
        guard hasLeft || stream.isStuck(at: now) else { return }
        stream.abandon(hasLeft ? .clientGone : .slowReader)
        state.withLock { state in
            if !state.isClosed { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Whether the other side has closed, or broken off. Who says that nothing more will be sent while a stream comes in has left, too.
    private static func hasLeft(_ socket: Int32) -> Bool {
        let gone = Int16(0x2000)  // POLLRDHUP, which Glibc's module hides
        var question = pollfd(fd: socket, events: gone, revents: 0)
        return unsafe poll(&question, 1, 0) > 0 && question.revents & (gone | Int16(POLLHUP | POLLERR)) != 0
    }

    /// Since when it keeps the server waiting; nil while the server is at work for it, or has refused it.
    var waitingSince: UInt64? {
        state.withLock { state in
            state.clock.phase == .idle || state.clock.phase == .arriving ? state.clock.since : nil
        }
    }

    /// Makes room for another connection.
    func giveWay(now: UInt64) {
        let mustAnswer = state.withLock { state in
            guard state.clock.phase == .arriving else {
                if state.clock.phase == .idle { leave(&state, now) }
                return false
            }
            state.clock.enter(.refused, at: now)
            return true
        }
        if mustAnswer { say(.crowded, thenCut: true) }
    }

    /// Ends the connection. One without a request is chosen by nobody a second time while its loop has yet to close it, and what the kernel still
    /// holds of it is let go unread: its answer would be lost.
    private func leave(_ state: inout State, _ now: UInt64) {
        if state.clock.phase == .idle { state.clock.enter(.leaving, at: now) }
        if !state.isClosed { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    // MARK: Parts

    private static func phase(_ state: State) -> RequestClock.Phase {
        if state.judge.whole > state.ended { return .handed }
        return state.judge.isWithin ? .arriving : .idle
    }

    /// Answers, and says that nothing else will come; what still comes is read and let go, or the answer would be lost with a reset.
    private func say(_ refusal: Refusal, thenCut: Bool = false) {
        let head = state.withLock { $0.judge.head }
        let request = PartialHead.request(head, from: address)
        let response = render(refusal, request)
        state.withLock { state in
            state.clock.enter(.leaving, at: Doorkeeper.now)
            guard !state.isClosed else { return }
            ResponseWriter.write(response, isHead: request.method == "HEAD", to: socket)
            shutdown(socket, Int32(thenCut ? SHUT_RDWR : SHUT_WR))
        }
    }

    private func discard(
        _ buffer: UnsafeMutableRawPointer,
        _ count: Int,
        _ flags: Int32,
        _ state: inout State
    ) -> Int {
        while state.discarded < mostDiscarded {
            let received = unsafe recvfrom(socket, buffer, count, flags, nil, nil)
            guard received > 0 else { return received }
            state.discarded += received
        }
        return 0  // as if it had been closed: enough is enough
    }

    private func wouldBlock() -> Int {
        errno = EAGAIN
        return -1
    }
}
