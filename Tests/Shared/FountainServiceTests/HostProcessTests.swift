// How a process ends that is asked to before it could say that it is ready.

import Bus
import FountainService
import Logging
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1))) struct HostProcessTests {
    /// Ends by itself as soon as somebody waits for it to be ready.
    private struct Brief: Service {
        let isWaitedFor: AsyncStream<Void>

        func run() async { for await _ in isWaitedFor { return } }
    }

    private static func run(_ failure: Failure, whenCancelled: Bool) async throws {
        let (isWaitedFor, waits) = AsyncStream.makeStream(of: Void.self)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        try await HostProcess(Brief(isWaitedFor: isWaitedFor), logger: logger) {
        } ready: {
            guard whenCancelled else { throw failure }
            let (never, _) = AsyncStream.makeStream(of: Void.self)
            waits.yield()
            for await _ in never {}
            throw failure
        }
        .run()
    }

    @Test func `who waits no more because it ends has not failed`() async throws {
        try await Self.run(Failure(.cancelled, "Nobody waits any more."), whenCancelled: true)
    }

    @Test func `what cannot become ready says why`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await Self.run(Failure(.unavailable, "kms is not there."), whenCancelled: false)
        }
        #expect(failure?.detail == "kms is not there.")
    }
}
