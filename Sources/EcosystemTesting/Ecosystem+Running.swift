// An ecosystem beside the test that needs it, and what of its end the test is told.

import Bus
import Ecosystem
import Logging
import ServiceLifecycle
import Synchronization

/// It has ended while somebody waited for it to be ready; why, its own end says.
private struct EndedUnready: Error {}

extension Ecosystem {
    /// Runs beside `body`, which begins when it is ready, and ends gracefully whatever `body` does.
    ///
    /// - Throws: What `body` throws. Where it throws nothing, what the ecosystem ended with before it was asked to: what one of its services failed with.
    func running<Value: Sendable>(
        becoming ready: @escaping @Sendable (Ecosystem) async throws -> Void,
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [.init(service: self)], logger: logger))
        let (life, end) = AsyncStream<Never>.makeStream()
        async let running = caught {
            defer { end.finish() }
            try await group.run()
        }
        let result = await caught {
            try await whileGoing(life) { try await ready(self) }
            return try await body()
        }
        await group.triggerGracefulShutdown()
        let ending = await running
        if case .failure(let error) = result, !(error is EndedUnready) { throw error }
        try ending.get()
        return try result.get()
    }

    /// Waits no longer than it runs, and says for whom it waited where the test's time is over.
    private func whileGoing(
        _ life: AsyncStream<Never>,
        _ wait: @escaping @Sendable () async throws -> Void
    ) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await wait() }
                group.addTask {
                    for await _ in life {}
                    throw EndedUnready()
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch  where Task.isCancelled {
            let names = awaited.joined(separator: ", ")
            throw Failure(.unavailable, "Not ready when the test was given up: waiting for \(names).")
        }
    }
}

func caught<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}
