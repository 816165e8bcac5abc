// A service as an outsider would write it, and a host for it on a bus of a test's own.

import Bus
import Foundation
import FountainService
import Logging
import Storage
import Topology

enum NoticeBoard {
    struct Notice: Codable, Sendable, Equatable { var text: String }

    struct Pinned: Codable, Sendable, Equatable {
        var number: Int
        var text: String
    }

    static let pin = Operation<Notice, Pinned>("board.pin", "Pin a notice", .post("/notices"), access: .public)
    static let pinned = Topic<Pinned>("board.pinned", publisher: "board", "A notice was pinned")
    private static let tables = Migration(
        "board.1",
        DDL(tables: "CREATE TABLE notice (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
    )
    private static let insert: SQL = "INSERT INTO notice (number, text) VALUES ($1, $2)"
    private static let next: SQL = "SELECT coalesce(max(number), 0) + 1 FROM notice"

    @Sendable private static func vitals(_ site: Site, _ store: DurableStore) async -> Vitals {
        guard let next = try? await store.read({ try $0.row(next) { $0.int(0) } }) else {
            return Vitals(trouble: "The notices cannot be read.")
        }
        return Vitals(trouble: next > 2 ? "The board is full." : nil, numbers: ["notices": Double(next - 1)])
    }

    /// Two notices fit. A notice `tear` is torn in the midst of its transaction.
    static let service = Blueprint("board", topics: [pinned.description], migrations: [tables], vitals: vitals) {
        _,
        store in
        var handlers = Handlers()
        handlers.on(pin) { notice, context in
            try await store.write(for: context, notice) { transaction in
                let number = try transaction.row(next) { $0.int(0) } ?? 1
                let done = Pinned(number: number, text: notice.text)
                try transaction.run(insert, [.int(number), .text(notice.text)])
                try transaction.publish(pinned, key: "all", done)
                if notice.text == "tear" { throw Failure(.conflict, "It tore.") }
                return done
            }
        }
        return handlers
    }
}

/// A host over `inproc`, on data of its own.
struct Ground {
    let host: ServiceHost
    let directory = FileManager.default.temporaryDirectory.appending(path: "board-\(UUID().uuidString.prefix(8))").path

    init(services: String = "board: {}", stores: String = "{}") throws {
        let yaml = """
            name: ground
            kind: test
            bus: {transport: inproc}
            services: {\(services)}
            stores: \(stores)
            """
        let topology = try Topology.parse(yaml: yaml, file: "test", dataDirectory: directory, environment: [:])
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        host = ServiceHost(topology: topology, context: try BusContext(), logger: logger)
        try host.layout.prepare()
    }

    /// A caller beside the services, for the time of `body`.
    func call<Value>(_ body: (Node) async throws -> Value) async throws -> Value {
        let node = try host.node("caller")
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let result: Result<Value, any Error>
        do { result = .success(try await body(node)) } catch { result = .failure(error) }
        await node.shutDown()
        return try result.get()
    }
}
