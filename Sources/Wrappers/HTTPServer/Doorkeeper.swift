// Who may come in, and who has to go: the places of all servers that share it, and the clocks of all their connections.
//
// Connections come on the listeners' queues and go on the daemons' threads; a timer looks at their clocks. It calls no inlet under its lock.

import Dispatch
import Synchronization

package final class Doorkeeper: Sendable {
    private struct State {
        var places: Places
        var inlets: [ObjectIdentifier: Inlet] = [:]
    }

    private let state: Mutex<State>
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
        let (entry, inlets) = state.withLock { state in
            let entry = state.places.enter(address)
            let isFree = entry == .free || entry == .refused
            return (entry, isFree ? [] : Array(state.inlets.values))
        }
        guard case .instead(let other) = entry else { return entry == .free }
        guard let longest = Self.longestWaiting(inlets, from: other) else {
            letOut(address)
            return false
        }
        longest.giveWay(now: Self.now)
        return true
    }

    /// Gives back a place that no connection came to.
    func letOut(_ address: String) { state.withLock { $0.places.leave(address) } }

    func opened(_ inlet: Inlet) {
        state.withLock { $0.inlets[ObjectIdentifier(inlet)] = inlet }
        Inlets.insert(inlet)
    }

    /// Before its socket is closed: from then on the descriptor may be anybody's.
    func closed(_ inlet: Inlet) {
        inlet.close()
        Inlets.remove(inlet)
        state.withLock { state in
            state.inlets[ObjectIdentifier(inlet)] = nil
            state.places.leave(inlet.address)
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
