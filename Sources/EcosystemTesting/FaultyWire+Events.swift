// The wire's events: one SUB to the publisher, with the subscriptions of all subscribers.

import Bus
import ZeroMQ

extension FaultyWire {
    func openSource() {
        source = EventSource(to: service.events, context: context, loop: loop) { [weak self] bytes in
            self?.assumeIsolated { $0.receive(bytes) }
        }
    }

    /// 1 and a prefix: somebody subscribes; 0: somebody does no more. A publisher answers every subscription with heads, so each goes on.
    func readSubscriptions() {
        while let (bytes, _) = try? publisher?.receive() {
            guard let isOn = bytes.first.map({ $0 == 1 }) else { continue }
            let prefix = Array(bytes.dropFirst())
            subscriptions[prefix, default: 0] += isOn ? 1 : -1
            if subscriptions[prefix, default: 0] <= 0 { subscriptions[prefix] = nil }
            source?.subscribe(prefix, isWanted: subscriptions[prefix] != nil)
        }
    }

    /// Each event has its own fate, also where it came in a block: else a busy publisher's would be few, and spared together.
    private func receive(_ bytes: [UInt8]) {
        for frame in EventFrame.apart(bytes) {
            guard !isPartitioned else {
                eventLane.swallow()
                continue
            }
            for passage in eventLane.pass(frame, isUpkeep: Self.isHead(frame)) {
                deliver(passage) { $0.toSubscribers($1) }
            }
        }
    }

    /// docs/wire.md: the topic, a zero byte, and a message of kind 17.
    private static func isHead(_ frame: [UInt8]) -> Bool {
        guard let end = frame.firstIndex(of: 0), frame.count > end + 3 else { return false }
        return frame[end + 3] == 17
    }

    func toSubscribers(_ bytes: [UInt8]) {
        guard !isPartitioned else { return eventLane.lose() }
        _ = try? publisher?.send(bytes)
    }
}

/// The wire's SUB, made anew when the publisher is lost or silent. Confined to the wire's loop.
final class EventSource {
    private let endpoint: String
    private let context: BusContext
    private let loop: PollLoop
    private let onEvent: ([UInt8]) -> Void
    private var socket: Socket?
    private var monitor: Socket?
    private var prefixes: Set<[UInt8]> = []
    private var heardAt = ContinuousClock.now

    init(to endpoint: String, context: BusContext, loop: PollLoop, onEvent: @escaping ([UInt8]) -> Void) {
        self.endpoint = endpoint
        self.context = context
        self.loop = loop
        self.onEvent = onEvent
        open()
    }

    func subscribe(_ prefix: [UInt8], isWanted: Bool) {
        if prefixes.remove(prefix) != nil { try? socket?.unsubscribe(prefix) }
        guard isWanted else { return }
        prefixes.insert(prefix)
        try? socket?.subscribe(prefix)
    }

    /// `inproc` does not say that the other side is gone, and nothing says that it never was there; silence does.
    func retry() {
        let patience = Duration.milliseconds(socket == nil ? 20 : 500)
        guard !prefixes.isEmpty, heardAt.duration(to: .now) > patience else { return }
        discard()
        open()
    }

    private func open() {
        heardAt = .now
        guard let socket = try? Socket(context.context, .sub, SocketTuning()) else { return }
        self.socket = socket
        monitor = try? socket.monitor(context.context)
        loop.watch(socket) { [weak self] in self?.read() }
        if let monitor { loop.watch(monitor) { [weak self] in self?.readEvents() } }
        for prefix in prefixes { try? socket.subscribe(prefix) }
        try? socket.connect(endpoint)
    }

    private func read() {
        heardAt = .now
        while let (bytes, _) = try? socket?.receive() { onEvent(bytes) }
    }

    private func readEvents() {
        while let event = try? monitor?.receiveEvent() {
            guard event.isLost || event == .closed else { continue }
            return discard()
        }
    }

    func discard() {
        for socket in [socket, monitor].compactMap({ $0 }) { loop.ignore(socket) }
        socket?.stopMonitoring()
        monitor?.close()
        socket?.close()
        (socket, monitor) = (nil, nil)
    }
}
