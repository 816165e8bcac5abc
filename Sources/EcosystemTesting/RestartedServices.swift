// Services that came back, each in a group of its own; the ecosystem's group knows only those that it began with.

import Bus
import FountainService
import Logging
import ServiceLifecycle
import Synchronization

actor RestartedServices {
    /// One life of a service, and how it ended where it has.
    private final class Life: Sendable {
        let service: any RestartedService
        let group: ServiceGroup
        let end = Mutex<Result<Void, any Error>?>(nil)

        init(_ service: any RestartedService) {
            self.service = service
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let member = ServiceGroupConfiguration.ServiceConfiguration(
                service: service,
                successTerminationBehavior: .gracefullyShutdownGroup
            )
            group = ServiceGroup(configuration: .init(services: [member], logger: logger))
        }

        /// How it ended, where it has; an error is told once.
        func takeEnd() -> Result<Void, any Error>? {
            end.withLock { end in
                defer { if end != nil { end = .success(()) } }
                return end
            }
        }

        func run() async {
            let outcome = await caught { try await group.run() }
            end.withLock { $0 = outcome }
        }
    }

    private var running: [(name: String, life: Life, task: Task<Void, Never>)] = []

    func run(_ name: String, _ service: any RestartedService) {
        let life = Life(service)
        running.append((name, life, Task { await life.run() }))
    }

    /// True where the present life of the service was one of ours.
    func kill(_ name: String) async -> Bool {
        guard let last = running.last(where: { $0.name == name }) else { return false }
        await last.life.service.kill()
        return true
    }

    /// - Throws: What the present life of a service has ended with, where it has.
    func check(_ name: String) throws {
        guard let end = running.last(where: { $0.name == name })?.life.takeEnd() else { return }
        try end.get()
        throw Failure(.unavailable, "\(name) has ended.")
    }

    /// - Throws: What a life has ended with that nobody was told yet.
    func end() async throws {
        for (_, life, task) in running.reversed() {
            await life.group.triggerGracefulShutdown()
            await task.value
        }
        for (_, life, _) in running { try life.takeEnd()?.get() }
    }
}
