// The way to an endpoint: in numbers at once, or by a name that is looked up first, beside the loop and beside libzmq (`NameResolver`).
//
//   open ──numbers──> go                                          a name has several addresses: each has its turn (`KeyTurns`)
//     └──name──> ask ──found──> go
//                 └──failed, or no answer in time──> lost          a late answer finds nobody who waits for it
//
// A refusal does not say whether the address was wrong or the key. So one counter goes through all pairs of them, each key at an address before
// the next address, and stays where an attempt succeeded.
//
// Confined to the loop. One attempt at a time: a new one, or `cancel`, ends the one before.

internal import Logging
internal import ZeroMQ

final class Way {
    struct Attempt {
        /// An endpoint in numbers.
        let address: String
        /// Which of the service's keys (`KeyTurns`).
        let turn: Int
        /// So many attempts try all addresses with all keys.
        let count: Int
    }

    private static let interval = Duration.milliseconds(2)
    private let service: String
    private let endpoint: String
    private let environment: LoopEnvironment
    private var timer: TimerID?
    private var turns = KeyTurns()

    init(to service: String, at endpoint: String, _ environment: LoopEnvironment) {
        self.service = service
        self.endpoint = endpoint
        self.environment = environment
    }

    /// - Parameters:
    ///   - go: Called once with what to try, perhaps before this returns.
    ///   - lost: Called instead where there is none.
    func find(_ go: @escaping (Attempt) -> Void, orElse lost: @escaping () -> Void) {
        cancel()
        let resolution = environment.configuration.names.resolve(endpoint)
        look(at: resolution, until: .now + environment.configuration.nameTimeout, go, lost)
    }

    /// The attempt was right: the next one begins with the same.
    func succeeded() { turns.succeeded() }

    func cancel() {
        if let timer { environment.loop.cancel(timer) }
        timer = nil
    }

    private func look(
        at resolution: Resolution,
        until end: ContinuousClock.Instant,
        _ go: @escaping (Attempt) -> Void,
        _ lost: @escaping () -> Void
    ) {
        timer = nil
        switch resolution.state {
        case .found(let endpoints):
            let usable = endpoints.filter { environment.mayBeReached($0) }
            usable.isEmpty ? lost() : go(attempt(at: usable))
        case .pending where ContinuousClock.now < end:
            timer = environment.loop.schedule(after: Self.interval) { [weak self] in
                self?.look(at: resolution, until: end, go, lost)
            }
        case .pending, .failed:
            environment.logger.debug("a name is not known", metadata: ["bus.endpoint": "\(endpoint)"])
            lost()
        }
    }

    private func attempt(at addresses: [String]) -> Attempt {
        let (turn, keys) = (turns.next(), environment.keyCount(of: service, at: endpoint))
        let round = Int((turn / keys).magnitude % UInt(addresses.count))
        return Attempt(address: addresses[round], turn: turn, count: keys * addresses.count)
    }
}
