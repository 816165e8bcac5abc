// Who may come in, and who has to go: the places of all servers that share it, and the clocks of all their connections.
//
// Connections come on the listeners' queues and go on the daemons' threads; a timer looks at their clocks. It calls no inlet under its lock.

import Dispatch
import Synchronization

package final class Doorkeeper: Sendable {
    private struct State {
        var places: Places
        var inlets: [ObjectIdentifier: Inlet] = [:]
        /// Those of them that have no place any more: their answers are streams.
        var streaming: Set<ObjectIdentifier> = []
        /// Connections that were let in, and have no inlet yet.
        var onTheWay = 0
        var arrivals = 0
        /// Listeners that wait for an arrival.
        var listeners = 0

        enum Outlook { case lookAgain, wait, nobodyComes }

        /// What somebody can do who has looked at the inlets when there had been `seen` arrivals.
        mutating func wait(since seen: Int) -> Outlook {
            guard arrivals == seen else { return .lookAgain }
            guard onTheWay > 0 else { return .nobodyComes }
            listeners += 1
            return .wait
        }

        /// Those to be told of an arrival.
        mutating func arrive() -> Int {
            (onTheWay, arrivals) = (onTheWay - 1, arrivals &+ 1)
            defer { listeners = 0 }
            return listeners
        }
    }

    /// How long a listener waits for connections that are on their way to their loop.
    private static let mostWaiting = DispatchTimeInterval.milliseconds(100)

    private let state: Mutex<State>
    private let met = DispatchSemaphore(value: 0)
    private let queue = DispatchQueue(label: "http-doorkeeper")
    // Dispatch sources may be used from any thread, which their protocol does not say.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    /// - Parameters:
    ///   - places: how many connections there may be, over all servers that are given this doorkeeper.
    ///   - interval: between two looks at the clocks.
    package init(_ places: Places, lookingEvery interval: Duration = .milliseconds(250)) {
        state = Mutex(State(places: places))
        let timer = DispatchSource.makeTimerSource(queue: queue)
        unsafe self.timer = timer
        let nanoseconds = Int(interval / .nanoseconds(1))
        timer.schedule(deadline: .now() + .nanoseconds(nanoseconds), repeating: .nanoseconds(nanoseconds))
        timer.setEventHandler { [weak self] in self?.look() }
        timer.activate()
    }

    deinit { unsafe timer.cancel() }

    static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    // MARK: Coming and going

    /// Takes a place for a connection from `address`, if need be that of another one; false where there is none.
    func letIn(_ address: String) -> Bool {
        switch state.withLock({ $0.places.enter(address) }) {
        case .refused: return false
        case .free: break
        case .instead(let other):
            guard let longest = longestWaiting(from: other) else {
                state.withLock { $0.places.leave(address) }
                return false
            }
            longest.giveWay(now: Self.now)
        }
        state.withLock { $0.onTheWay += 1 }
        return true
    }

    /// Gives back a place that no connection came to.
    func letOut(_ address: String) {
        state.withLock { $0.places.leave(address) }
        arrived()
    }

    func opened(_ inlet: Inlet) {
        state.withLock { $0.inlets[ObjectIdentifier(inlet)] = inlet }
        Inlets.insert(inlet)
        arrived()
    }

    private func arrived() {
        let listeners = state.withLock { $0.arrive() }
        for _ in 0..<listeners { met.signal() }
    }

    /// A connection with a stream for an answer gives its place back to requests: whoever answers with streams counts them.
    func streams(_ inlet: Inlet) {
        state.withLock { state in
            let id = ObjectIdentifier(inlet)
            guard state.inlets[id] != nil, state.streaming.insert(id).inserted else { return }
            state.places.leave(inlet.address)
        }
    }

    /// Before its socket is closed: from then on the descriptor may be anybody's.
    func closed(_ inlet: Inlet) {
        inlet.close()
        Inlets.remove(inlet)
        state.withLock { state in
            let id = ObjectIdentifier(inlet)
            state.inlets[id] = nil
            if state.streaming.remove(id) == nil { state.places.leave(inlet.address) }
        }
    }

    /// Whom to ask for a place. Those that were let in a moment ago may be on their way to their loop: nobody can give way whom nobody has
    /// met, so they are waited for.
    private func longestWaiting(from address: String?) -> Inlet? {
        let end = DispatchTime.now() + Self.mostWaiting
        while true {
            let (inlets, seen) = state.withLock { (Array($0.inlets.values), $0.arrivals) }
            if let longest = Self.longestWaiting(inlets, from: address) { return longest }
            switch state.withLock({ $0.wait(since: seen) }) {
            case .lookAgain: continue
            case .nobodyComes: return nil
            case .wait: guard met.wait(timeout: end) == .success else { return nil }
            }
        }
    }

    private static func longestWaiting(_ inlets: [Inlet], from address: String?) -> Inlet? {
        var longest: (inlet: Inlet, since: UInt64)?
        for inlet in inlets where address == nil || inlet.address == address {
            guard let since = inlet.waitingSince, since < longest?.since ?? .max else { continue }
            longest = (inlet, since)
        }
        return longest?.inlet
    }

    // MARK: Clocks

    private func look() {
        let now = Self.now
        for inlet in state.withLock({ Array($0.inlets.values) }) { inlet.look(now: now) }
    }
}
