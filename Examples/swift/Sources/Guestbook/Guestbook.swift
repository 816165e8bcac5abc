// A guest book: whoever is logged in signs it, everybody reads it, and whoever follows `guestbook.signed` hears of each entry once.

public import Bus
public import FountainService
import Storage

public enum Guestbook {
    public struct Entry: Codable, Sendable {
        public var text: String

        public init(text: String) { self.text = text }
    }

    public struct Signed: Codable, Sendable {
        public var number: Int
        public var author: String
        public var text: String
    }

    public struct Page: Codable, Sendable {
        public var entries: [Signed]
    }

    public static let sign = Operation<Entry, Signed>(
        "guestbook.sign", "Sign the book", .post("/entries"), success: 201, access: .user)
    public static let read = Operation<Empty, Page>(
        "guestbook.read", "Read the book", .get("/entries"), access: .public, isIdempotent: true)
    public static let signed = Topic<Signed>(
        "guestbook.signed", publisher: "guestbook", "Somebody has signed", access: .user)

    private static let tables = Migration("guestbook.1", DDL(tables: """
        CREATE TABLE entry (number INTEGER PRIMARY KEY, author TEXT NOT NULL, text TEXT NOT NULL) STRICT
        """))
    private static let next: SQL = "SELECT coalesce(max(number), 0) + 1 FROM entry"
    private static let insert: SQL = "INSERT INTO entry (number, author, text) VALUES ($1, $2, $3)"
    private static let page: SQL = "SELECT number, author, text FROM entry ORDER BY number LIMIT 100"

    public static let service = Blueprint("guestbook", topics: [signed.description], migrations: [tables]) { _, store in
        var handlers = Handlers()
        handlers.on(sign) { entry, context in
            let author = try context.requirePrincipal().subject
            return try await store.write(for: context, entry) { transaction in
                let number = try transaction.row(next) { $0.int(0) } ?? 1
                try transaction.run(insert, [.int(number), .text(author), .text(entry.text)])
                let entry = Signed(number: number, author: author, text: entry.text)
                try transaction.publish(signed, key: author, entry)
                return entry
            }
        }
        handlers.on(read) { _, _ in
            Page(entries: try await store.read { try $0.rows(page) { row in
                Signed(number: row.int(0), author: row.text(1), text: row.text(2))
            } })
        }
        return handlers
    }
}
