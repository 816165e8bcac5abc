// What `up` and `serve` share: build, say ready, run until a signal.

import Bus
import Ecosystem
import Foundation
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
        let milliseconds = began.duration(to: .now) / .milliseconds(1)
        let ready = "ready: \(ecosystem.name(of: part)) after \(Int(milliseconds)) ms"
        let lines = ecosystem.welcome(part) + [ready]
        // On a thread of its own: whoever should read may be gone, or not be reading, and the services go on all the same.
        Thread.detachNewThread { [logger] in
            do { try say(lines.joined(separator: "\n")) } catch {
                logger.warning("what is ready could not be said", metadata: ["error": "\(error)"])
            }
        }
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
