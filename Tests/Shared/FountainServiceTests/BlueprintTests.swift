// A service of somebody else's, brought up in a topology.

import Bus
import DatabaseServer
import Foundation
import FountainService
import ServiceLifecycle
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct BlueprintTests {
    @Test(arguments: ["sqlite", "postgresql"])
    func `a write, its event and its key are one, on either engine`(_ engine: String) async throws {
        let ground = try Ground(stores: try Self.stores(engine))
        let member = try await ground.host.start(NoticeBoard.service)
        try await ground.call { caller in
            let first = try await caller.call(NoticeBoard.pin, .init(text: "one"), idempotencyKey: "k")
            let again = try await caller.call(NoticeBoard.pin, .init(text: "one"), idempotencyKey: "k")
            #expect(first == .init(number: 1, text: "one") && again == first)
            let reused = await #expect(throws: Failure.self) {
                try await caller.call(NoticeBoard.pin, .init(text: "two"), idempotencyKey: "k")
            }
            #expect(reused?.code == .idempotencyKeyReused)
            let torn = await #expect(throws: Failure.self) {
                try await caller.call(NoticeBoard.pin, .init(text: "tear"))
            }
            #expect(torn?.code == .conflict)
            #expect(try await caller.call(NoticeBoard.pin, .init(text: "two")).number == 2)
            let events = try await caller.subscribe(NoticeBoard.pinned, from: .offset(1))
            var texts: [String] = []
            while texts.count < 2, let more = try await events.next() {
                texts += try more.map { try $0.decode(NoticeBoard.pinned).text }
            }
            #expect(texts == ["one", "two"])
            await member.kill()
        }
    }

    private static func stores(_ engine: String) throws -> String {
        guard engine == "postgresql" else { return "{}" }
        let server = try DatabaseServer.shared.get()
        return """
            {engine: postgresql, hosts: ["localhost:\(server.port)"], database: postgres, user: fountain, \
            password_file: \(server.passwordFile), ca_file: \(server.authorityFile)}
            """
    }

    @Test func `it answers what every service answers, and says what it is`() async throws {
        let ground = try Ground()
        let member = try await ground.host.start(NoticeBoard.service)
        try await ground.call { caller in
            #expect(try await caller.call(BusOperations.ping, Empty(), on: "board").service == "board")
            let info = try await caller.call(BusOperations.info, Empty(), on: "board")
            #expect(info.operations.map(\.name) == ["board.pin"] && info.topics.map(\.name) == ["board.pinned"])
            _ = try await caller.call(NoticeBoard.pin, .init(text: "one"))
            let stats = try await caller.call(BusOperations.stats, Empty(), on: "board")
            #expect(stats.operations.contains { $0.operation == "board.pin" && $0.count == 1 })
            #expect(stats.topics.map(\.head) == [1])
            #expect(stats.vitals?.numbers["notices"] == 1 && stats.vitals?.trouble == nil)
            _ = try await caller.call(NoticeBoard.pin, .init(text: "two"))
            let full = try await caller.call(BusOperations.stats, Empty(), on: "board")
            #expect(full.vitals?.trouble == "The board is full." && full.vitals?.numbers["notices"] == 2)
            await member.kill()
        }
    }

    @Test func `an operation that nobody would find keeps it from starting`() async throws {
        let stray = Operation<Empty, Empty>("bord.pin", "Misspelt", access: .public)
        let blueprint = Blueprint("board") { _ in
            var handlers = Handlers()
            handlers.on(stray) { _, _ in Empty() }
            return handlers
        }
        let ground = try Ground()
        let failure = await #expect(throws: Failure.self) { try await ground.host.start(blueprint) }
        #expect(failure?.detail == #"bord.pin is no operation of board: its name has to begin with "board."."#)
        try await ground.host.start(NoticeBoard.service).kill()
    }

    @Test func `a topology that does not name it says what to write`() async throws {
        let ground = try Ground(services: "kms: {}")
        let failure = await #expect(throws: Failure.self) { try await ground.host.start(NoticeBoard.service) }
        #expect(failure?.code == .notFound && failure?.detail.contains("add `board: {}` to its services") == true)
    }

    @Test func `a second process on its data is refused, and one after it is not`() async throws {
        let ground = try Ground()
        let member = try await ground.host.start(NoticeBoard.service)
        let failure = await #expect(throws: Failure.self) { try await ground.host.start(NoticeBoard.service) }
        #expect(failure?.code == .conflict)
        await member.kill()
        try await ground.host.start(NoticeBoard.service).kill()
    }

    private static func untilCancelled() async {
        let (never, _) = AsyncStream<Void>.makeStream()
        for await _ in never {}
    }

    @Test func `what it does by itself is cancelled at the end, and its end is that of the service`() async throws {
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let blueprint = Blueprint("board") { _ in
            begin.yield()
            await Self.untilCancelled()
            end.yield()
        } handlers: { _ in
            Handlers()
        }
        let ground = try Ground()
        let member = try await ground.host.start(blueprint)
        let group = ServiceGroup(services: [member], logger: ground.host.logger)
        async let running: Void = group.run()
        for await _ in begun { break }
        await group.triggerGracefulShutdown()
        try await running
        for await _ in ended { break }

        let short = try await ground.host.start(Blueprint("board", background: { _ in }, handlers: { _ in Handlers() }))
        try await short.run()
    }

    private struct Broken: Error {}

    @Test func `what it does by itself may fail, and then it fails with that after its drain`() async throws {
        let ground = try Ground()
        let broken = Blueprint("board", background: { _ in throw Broken() }, handlers: { _ in Handlers() })
        let member = try await ground.host.start(broken)
        await #expect(throws: Broken.self) { try await member.run() }
        // It has drained: its data is free for the next.
        try await ground.host.start(NoticeBoard.service).kill()
    }

    @Test func `a program whose service fails exits with 1, and says why`() async throws {
        let place = "/tmp/board-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let yaml = "name: ground\nkind: test\nbus: {transport: inproc}\nservices: {board: {}}\n"
        try yaml.write(toFile: "\(place)/topology.yaml", atomically: true, encoding: .utf8)
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            [place = place as String] in
            let broken = Blueprint(
                "board",
                background: { _ in throw Failure(.unavailable, "It broke.") },
                handlers: { _ in Handlers() }
            )
            await broken.main(["boardd", "\(place)/topology.yaml", place])
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("\nboard: It broke.\n"))
    }

    @Test func `what it throws because it was cancelled is no failure`() async throws {
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let blueprint = Blueprint("board") { _ in
            begin.yield()
            await Self.untilCancelled()
            throw Broken()
        } handlers: { _ in
            Handlers()
        }
        let ground = try Ground()
        let group = ServiceGroup(services: [try await ground.host.start(blueprint)], logger: ground.host.logger)
        async let running: Void = group.run()
        for await _ in begun { break }
        await group.triggerGracefulShutdown()
        try await running
    }
}
