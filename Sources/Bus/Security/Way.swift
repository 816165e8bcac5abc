// The way to an endpoint: in numbers at once, or by a name that is looked up first, beside the loop and beside libzmq (`NameResolver`).
//
//   open ──numbers──> go                                          a name has several addresses: each attempt takes the next
//     └──name──> ask ──found──> go
//                 └──failed, or no answer in time──> lost          a late answer finds nobody who waits for it
//
// Confined to the loop. One attempt at a time: a new one, or `cancel`, ends the one before.

internal import Logging
internal import ZeroMQ

final class Way {
    private static let interval = Duration.milliseconds(2)
    private let endpoint: String
    private let environment: LoopEnvironment
    private var timer: TimerID?
    private var attempts = 0

    init(to endpoint: String, _ environment: LoopEnvironment) {
        self.endpoint = endpoint
        self.environment = environment
    }

    /// - Parameters:
    ///   - go: Called once with an endpoint in numbers, perhaps before this returns.
    ///   - lost: Called instead where there is none.
    func find(_ go: @escaping (String) -> Void, orElse lost: @escaping () -> Void) {
        cancel()
        let resolution = environment.configuration.names.resolve(endpoint)
        look(at: resolution, until: .now + environment.configuration.nameTimeout, go, lost)
    }

    func cancel() {
        if let timer { environment.loop.cancel(timer) }
        timer = nil
    }

    private func look(
        at resolution: Resolution,
        until end: ContinuousClock.Instant,
        _ go: @escaping (String) -> Void,
        _ lost: @escaping () -> Void
    ) {
        timer = nil
        switch resolution.state {
        case .found(let endpoints):
            let usable = endpoints.filter { environment.mayBeReached($0) }
            usable.isEmpty ? lost() : go(choose(usable))
        case .pending where ContinuousClock.now < end:
            timer = environment.loop.schedule(after: Self.interval) { [weak self] in
                self?.look(at: resolution, until: end, go, lost)
            }
        case .pending, .failed:
            environment.logger.debug("a name is not known", metadata: ["bus.endpoint": "\(endpoint)"])
            lost()
        }
    }

    private func choose(_ endpoints: [String]) -> String {
        defer { attempts &+= 1 }
        return endpoints[attempts % endpoints.count]
    }
}
