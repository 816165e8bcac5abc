// Services and ecosystems that end before the test does.

import Bus
import Ecosystem
import Foundation
import FountainService
import Synchronization
import Testing
import Topology

@testable import EcosystemTesting

/// A service that ends when it is told to, or at once.
final class Ending: Sendable {
    struct Broken: Error, Equatable {}

    private let (told, tell) = AsyncStream<Void>.makeStream()
    private let lives = Mutex(0)
    private let fatal: Int?

    /// `fatal`: which of its lives ends at once.
    init(fatal: Int? = nil) { self.fatal = fatal }

    func end() { tell.finish() }

    /// One that nobody ends.
    static func blueprint() -> Blueprint { Ending().blueprint }

    var blueprint: Blueprint {
        Blueprint("mayfly") { _ in
            let life = self.lives.withLock { lives in
                lives += 1
                return lives
            }
            if life == self.fatal { throw Broken() }
            for await _ in self.told {}
            if !Task.isCancelled { throw Broken() }
        } handlers: { _ in
            Handlers()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct EndingTests {
    private struct Wrong: Error {}

    @Test func `a test fails with its own error, whatever the ecosystem has ended with`() async throws {
        let ending = Ending()
        await #expect(throws: Wrong.self) {
            try await TestEcosystem.run(services: [ending.blueprint]) { ecosystem in
                ending.end()
                _ = await ecosystem.log.first { $0.message == "what the service does by itself has ended" }
                throw Wrong()
            }
        }
    }

    @Test func `a test that is right fails with what a service has ended with`() async throws {
        let ending = Ending()
        await #expect(throws: Ending.Broken.self) {
            try await TestEcosystem.run(services: [ending.blueprint]) { ecosystem in
                ending.end()
                _ = await ecosystem.log.first { $0.message == "what the service does by itself has ended" }
            }
        }
    }

    @Test func `and with what one has ended with that had come back`() async throws {
        let ending = Ending()
        await #expect(throws: Ending.Broken.self) {
            try await TestEcosystem.run(services: [ending.blueprint]) { ecosystem in
                try await ecosystem.kill("mayfly")
                try await ecosystem.restart("mayfly")
                ending.end()
                _ = await ecosystem.log.first { $0.message == "what the service does by itself has ended" }
            }
        }
    }

    /// Through the wire nobody finds it, so that it has ended for certain before it is found.
    @Test func `a restart says what the service ended with at once`() async throws {
        let ending = Ending(fatal: 2)
        try await TestEcosystem.run(services: [ending.blueprint], faults: ["mayfly": FaultPlan(seed: 1)]) { ecosystem in
            try await ecosystem.kill("mayfly")
            try await ecosystem.wire("mayfly").partition()
            await #expect(throws: Ending.Broken.self) { try await ecosystem.restart("mayfly") }
        }
    }

    private static let withGhost = TestTopology.overIPC(beside: ["ghost"])

    @Test func `who waits for a service that does not come is told so, and by whom`() async throws {
        let place = "/tmp/fai-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let topology = try Topology.parse(yaml: Self.withGhost, file: "test", dataDirectory: place, environment: [:])
        let log = CapturedLog()
        let ecosystem = try await Ecosystem.build(topology, logger: log.logger(from: .notice))
        let waiting = Task {
            try await ecosystem.running(becoming: { try await $0.untilReady(.all) }) { Issue.record("It was ready.") }
        }
        let line = await log.first { $0.message == "waiting for services" && $0["services"] == "ghost" }
        #expect(line?.level == .notice)
        waiting.cancel()
        let failure = await #expect(throws: Failure.self) { try await waiting.value }
        #expect(failure?.detail == "Not ready when the test was given up: waiting for ghost.")
    }

    @Test func `a service that ends before all are ready ends the wait`() async throws {
        await #expect(throws: Ending.Broken.self) {
            try await TestEcosystem.run(services: [Ending(fatal: 1).blueprint], yaml: Self.withGhost) { _ in }
        }
    }
}
