// Lists of entity tags as clients send them (RFC 9110 §8.8.3), read by the byte, and which of them are revisions that we have made.

import Testing

@testable import Gateway

@Suite struct EntityTagTests {
    @Test(
        arguments: [
            (["\"17\""], [17]), (["\"17\", \"18-3\""], [17, 18]), (["\"17\"", "W/\"18\""], [17, 18]),
            ([" ,\"1\" ,, \"2\","], [1, 2]), (["\"18446744073709551615\""], [.max]),
        ] as [([String], [UInt64])]
    )
    func `a list of tags is read over all its lines`(lines: [String], revisions: [UInt64]) throws {
        guard case .tags(let tags) = try EntityTag.list(lines) else {
            Issue.record("not a list")
            return
        }
        #expect(tags.map(\.revision) == revisions)
    }

    @Test func `a star stands alone`() throws {
        #expect(try EntityTag.list([" * "]) == .any)
        #expect(throws: EntityTag.Malformed.self) { try EntityTag.list(["*", "\"17\""]) }
    }

    @Test(
        arguments: [
            "", ",", "17", "\"17", "17\"", "w/\"17\"", "W/ \"17\"", "\"17\" \"18\"", "\"1 7\"", "\"17\";q=1", "'17'",
            "**", "* ,\"1\"", "\"17\"x", "\"1\u{7F}\"", "\"a\"b\"",
        ]
    )
    func `what is no list of tags is refused`(line: String) {
        #expect(throws: EntityTag.Malformed.self) { try EntityTag.list([line]) }
    }

    @Test func `so many tags and no more`() throws {
        let line = Array(repeating: "\"1\"", count: EntityTag.most)
        #expect(throws: Never.self) { try EntityTag.list(line) }
        #expect(throws: EntityTag.Malformed.self) { try EntityTag.list(line + ["\"1\""]) }
    }

    /// Equal in value is not equal in bytes.
    @Test(
        arguments: [
            "017", "+17", "17-", "-17", "17-x", "0x11", "", "18446744073709551616", "1e3", "17.0", "é", "17-03",
        ]
    )
    func `a tag that we have not made has no revision`(opaque: String) throws {
        guard case .tags(let tags) = try EntityTag.list(["\"\(opaque)\""]) else {
            Issue.record("not a list")
            return
        }
        #expect(tags.map(\.revision) == [nil])
    }

    @Test func `a tag says its numbers, the revision first`() {
        #expect(EntityTag([17, 3]).text == "\"17-3\"")
        #expect(EntityTag([17, 3]).revision == 17)
    }

    /// Between quotes a combining mark does not hide the quote.
    @Test func `a quote is a byte`() throws {
        #expect(throws: EntityTag.Malformed.self) { try EntityTag.list(["\"17\"\u{301}"]) }
    }
}
