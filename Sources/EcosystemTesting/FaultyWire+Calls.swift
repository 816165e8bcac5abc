// The wire's calls: one line to the service for each caller.

import Bus
import ZeroMQ

extension FaultyWire {
    func readCallers() {
        while let (caller, _) = try? router?.receive(), let (bytes, _) = try? router?.receive() {
            guard !isPartitioned else {
                callLane.swallow()
                continue
            }
            let passages = callLane.pass(Frame(caller: caller, bytes: bytes), isUpkeep: Self.isUpkeep(bytes))
            for passage in passages { deliver(passage) { $0.toService($1) } }
        }
    }

    /// docs/wire.md: kinds 5 to 8 are greetings and heartbeats. Those in a batch travel with what else is in it.
    private static func isUpkeep(_ bytes: [UInt8]) -> Bool { bytes.count > 2 && (5...8).contains(bytes[2]) }

    /// One that a partition meets on its way is lost as one that comes then.
    func toService(_ frame: Frame) {
        guard !isPartitioned else { return callLane.lose() }
        if callers[frame.caller] == nil { callers[frame.caller] = line(of: frame.caller) }
        callers[frame.caller]?.send(frame.bytes)
    }

    private func line(of caller: [UInt8]) -> CallerLine {
        CallerLine(to: service.calls, context: context, loop: loop) { [weak self] message in
            self?.assumeIsolated { $0.receive(message, for: caller) }
        }
    }

    private func receive(_ message: CallerLine.Message, for caller: [UInt8]) {
        switch message {
        case .answer(let bytes):
            guard !isPartitioned else { return answerLane.swallow() }
            let passages = answerLane.pass(Frame(caller: caller, bytes: bytes), isUpkeep: Self.isUpkeep(bytes))
            for passage in passages { deliver(passage) { $0.toCaller($1) } }
        case .lost:
            // The connection is gone; the caller shall notice as if it had been its own.
            callers[caller] = nil
            if !isPartitioned { toCaller(Frame(caller: caller, bytes: Self.bye)) }
        }
    }

    func toCaller(_ frame: Frame) {
        guard !isPartitioned else { return answerLane.lose() }
        guard (try? router?.send(frame.caller, more: true)) == .sent else { return }
        _ = try? router?.send(frame.bytes)
    }

    /// docs/wire.md: kind 10, no fields, no payload.
    private static let bye: [UInt8] = [0xFA, 1, 10, 0] + Array(repeating: 0, count: 20)
}

/// One caller's DEALER to the service. Confined to the wire's loop.
final class CallerLine {
    enum Message {
        case answer([UInt8])
        /// The service's side has closed the connection.
        case lost
    }

    private let endpoint: String
    private let context: BusContext
    private let loop: PollLoop
    private let onMessage: (Message) -> Void
    private var dealer: Socket?
    private var monitor: Socket?
    private var waiting: [[UInt8]] = []
    private var openedAt = ContinuousClock.now

    init(to endpoint: String, context: BusContext, loop: PollLoop, onMessage: @escaping (Message) -> Void) {
        self.endpoint = endpoint
        self.context = context
        self.loop = loop
        self.onMessage = onMessage
        open()
    }

    /// In order; what cannot go yet waits for the connection.
    func send(_ bytes: [UInt8]) {
        if waiting.count < 10_000 { waiting.append(bytes) }
        flush()
    }

    /// A connection that did not come to be is tried again.
    func retry() {
        flush()
        guard !waiting.isEmpty, openedAt.duration(to: .now) > .milliseconds(100) else { return }
        discard()
        open()
    }

    private func flush() {
        while let first = waiting.first, (try? dealer?.send(first)) == .sent { waiting.removeFirst() }
    }

    private func open() {
        openedAt = .now
        guard let dealer = try? Socket(context.context, .dealer, SocketTuning()) else { return }
        self.dealer = dealer
        monitor = try? dealer.monitor(context.context)
        loop.watch(dealer) { [weak self] in self?.read() }
        if let monitor { loop.watch(monitor) { [weak self] in self?.readEvents() } }
        try? dealer.connect(endpoint)
        flush()
    }

    private func read() {
        while let (bytes, _) = try? dealer?.receive() { onMessage(.answer(bytes)) }
    }

    private func readEvents() {
        while let event = try? monitor?.receiveEvent() {
            guard event.isLost else { continue }
            discard()
            return onMessage(.lost)
        }
    }

    func discard() {
        for socket in [dealer, monitor].compactMap({ $0 }) { loop.ignore(socket) }
        dealer?.stopMonitoring()
        monitor?.close()
        dealer?.close()
        (dealer, monitor) = (nil, nil)
    }
}
