// What `up` and `serve` share: build, say ready, run until a signal.

import Bus
import Ecosystem
import Logging
import ServiceLifecycle
import Topology
import UnixSignals

struct Running {
    let topology: Topology
    /// Reads the topology anew, when SIGHUP asks for it.
    let load: @Sendable () throws -> Topology
    let part: Ecosystem.Part
    let logger: Logger

    func run() async throws {
        let began = ContinuousClock.now
        let built = await asyncResult { try await Ecosystem.build(topology, part, logger: logger) }
        let ecosystem = try built.get()
        let greeter = Greeter { try await announce(ecosystem, began) }
        let reloader = Reloader(ecosystem: ecosystem, load: load, logger: logger)
        let services = [ecosystem as any Service, greeter, reloader].map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0,
                successTerminationBehavior: $0 is Ecosystem ? .gracefullyShutdownGroup : .ignore
            )
        }
        let configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await ServiceGroup(configuration: configuration).run()
    }

    private func announce(_ ecosystem: Ecosystem, _ began: ContinuousClock.Instant) async throws {
        try await ecosystem.untilReady(part)
        for line in ecosystem.welcome(part) { say(line) }
        let milliseconds = began.duration(to: .now) / .milliseconds(1)
        say("ready: \(ecosystem.name(of: part)) after \(Int(milliseconds)) ms")
    }
}

/// Says ready once, beside the ecosystem that runs.
private struct Greeter: Service {
    let greet: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do { try await greet() } catch is CancellationError {}
        }
    }
}

/// Takes over keys and rights of peers whenever SIGHUP says that they have changed.
private struct Reloader: Service {
    let ecosystem: Ecosystem
    let load: @Sendable () throws -> Topology
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do { try ecosystem.reload(try load()) } catch {
                logger.error("the peers stay as they were", metadata: ["error": "\(complaint(about: error))"])
            }
        }
    }
}
