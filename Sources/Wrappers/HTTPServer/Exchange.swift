// One request on its way through the server: from its request line to the last byte of its answer.
//
//     arriving ──head──> receiving ──end──> handling ──answer, deadline or drain──> answered ──> (freed)
//         └──── refused at once ───────┴──────────────────────────────────────────────^
//
// The daemon's loop drives it up to `handling` and out of `answered`. Whoever answers first, from any thread, resumes the connection, if it
// was suspended by then: an answer that is there at once is sent at once. That transition happens once, under the lock: resuming a
// connection twice, or one that is not suspended, is undefined in libmicrohttpd.

import Synchronization

final class Exchange: Sendable {
    private enum Phase {
        case arriving
        case receiving(HTTPRequest, limit: Int)
        case handling(HTTPRequest, Handling)
        case answered(HTTPResponse)
    }

    private struct Handling {
        var task: Task<Void, Never>?
        var isSuspended = false
    }

    /// What came of a piece of body.
    enum Reception {
        case kept
        case tooLarge(HTTPRequest, limit: Int)
    }

    let id: UInt64
    /// The request target as received.
    let target: String
    /// Whether it began after the server was told to shut down.
    let isLate: Bool
    let connection: Connection
    private let phase = Mutex(Phase.arriving)

    init(id: UInt64, target: String, isLate: Bool, connection: Connection) {
        self.id = id
        self.target = target
        self.isLate = isLate
        self.connection = connection
    }

    var hasHead: Bool {
        phase.withLock { if case .arriving = $0 { false } else { true } }
    }

    /// The answer, once there is one.
    var answer: HTTPResponse? {
        phase.withLock { if case .answered(let response) = $0 { response } else { nil } }
    }

    /// It is over, however that came about: what of its answer was not sent will not be.
    func end() -> BodyStream? {
        let stream = answer?.stream
        stream?.abandon(.clientGone)
        return stream
    }

    /// Answers with the end of the body, which is read and let go: a connection that is closed with unread bytes is reset, and a client that
    /// is still sending may never see its answer.
    func refuse(_ answer: HTTPResponse) { phase.withLock { $0 = .answered(answer) } }

    func receive(head: HTTPRequest, limit: Int) {
        phase.withLock { $0 = .receiving(head, limit: limit) }
    }

    /// Keeps `bytes`, unless the body would grow past the limit: then what was kept is let go.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Reception {
        phase.withLock { phase in
            guard case .receiving(var request, let limit) = phase else { return .kept }
            phase = .arriving  // gives up the second reference, so that appending does not copy
            guard bytes.count <= limit - request.body.count else {
                request.body = []
                return .tooLarge(request, limit: limit)
            }
            unsafe request.body.append(contentsOf: bytes)
            phase = .receiving(request, limit: limit)
            return .kept
        }
    }

    /// The whole request, at its end; nil if it is being handled already.
    func beginHandling() -> HTTPRequest? {
        phase.withLock { phase in
            guard case .receiving(let request, _) = phase else { return nil }
            var head = request
            head.body = []
            phase = .handling(head, Handling())
            return request
        }
    }

    /// Makes the task known that a deadline cancels. A task that comes too late is cancelled at once.
    func attach(_ task: Task<Void, Never>) {
        let isTooLate = change { $0.task = task } == nil
        if isTooLate { task.cancel() }
    }

    /// Notes that the connection is about to be suspended; false where the answer is there already.
    func suspend() -> Bool { change { $0.isSuspended = true } != nil }

    /// Answers, and resumes the connection where it is suspended; false if it was answered before. `render` sees the request without its body.
    func answer(cancelling: Bool = false, _ render: (HTTPRequest) -> HTTPResponse) -> Bool {
        guard let head = phase.withLock({ if case .handling(let head, _) = $0 { head } else { nil } }) else {
            return false
        }
        let response = render(head)  // outside the lock: it is the application's code
        let last = phase.withLock { phase -> Handling? in
            guard case .handling(_, let handling) = phase else { return nil }
            phase = .answered(response)
            return handling
        }
        guard let last else { return false }
        if cancelling { last.task?.cancel() }
        if last.isSuspended { connection.resume() }
        return true
    }

    private func change(_ edit: (inout Handling) -> Void) -> Void? {
        phase.withLock { phase in
            guard case .handling(let head, var handling) = phase else { return nil }
            edit(&handling)
            phase = .handling(head, handling)
            return ()
        }
    }
}
