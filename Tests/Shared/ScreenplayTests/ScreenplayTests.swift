// A file in and out again: byte for byte, whatever stands in it, and in time that grows with it.

import Screenplay
import Testing

@Suite struct ScreenplayTests {
    /// What people's editors make of a file.
    enum Habit: String, CaseIterable {
        case asItIs, crlf, cr, mark, tabs, trailing, runs, noEnd, longEnd, mixed

        func apply(_ bytes: [UInt8]) -> [UInt8] {
            let feed: UInt8 = 0x0A
            switch self {
            case .asItIs: return bytes
            case .crlf: return bytes.flatMap { $0 == feed ? [0x0D, feed] : [$0] }
            case .cr: return bytes.map { $0 == feed ? 0x0D : $0 }
            case .mark: return [0xEF, 0xBB, 0xBF] + bytes
            case .tabs: return bytes.flatMap { $0 == 0x20 ? [0x09] : [$0] }
            case .trailing: return bytes.flatMap { $0 == feed ? [0x20, 0x20, feed] : [$0] }
            case .runs: return bytes.flatMap { $0 == feed ? [feed, feed, feed] : [$0] }
            case .noEnd: return Array(bytes.drop { $0 == feed }.reversed().drop { $0 == feed }.reversed())
            case .longEnd: return bytes + [feed, 0x20, feed, feed]
            case .mixed:
                return Array(
                    bytes.split(separator: feed, omittingEmptySubsequences: false).joined(by: [[feed], [0x0D, feed]])
                )
            }
        }
    }

    @Test(arguments: Fixtures.names, Habit.allCases)
    func `what was read is written again byte for byte`(_ name: String, _ habit: Habit) throws {
        try Fixtures.expectSame(habit.apply(try Fixtures.bytes(name)), "\(name) \(habit)")
    }

    @Test(arguments: [
        "", "\n", " ", "\n\n \n", "\u{FEFF}", "\r", "\r\n", "a", "a\r", "a\rb\n", "a\r\r\nb\r\n", "\u{FEFF}\u{FEFF}a",
    ])
    func `files of next to nothing, too`(_ text: String) throws { try Fixtures.expectSame(Array(text.utf8)) }

    @Test func `a whole play`() throws {
        guard let play = Fixtures.play else { return }
        try Fixtures.expectSame(play)
        let elements = try Screenplay(play).elements
        #expect(elements.count { $0.kind == .character } == 1_138 && elements.count { $0.kind == .sceneHeading } == 20)
        // Typed as one usually types it: nothing has to be remembered but for what is forced.
        #expect(elements.allSatisfy { $0.source == nil && $0.before == nil })
    }

    @Test func `cut anywhere, it is still read and written`() throws {
        for name in Fixtures.names {
            let text = String(decoding: try Fixtures.bytes(name), as: UTF8.self)
            for end in text.unicodeScalars.indices { try Fixtures.expectSame(Array(text.utf8[..<end]), name) }
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func `random screenplays`(_ seed: UInt64) throws {
        var random = Generator(seed: seed)
        for round in 1...60 {
            try Fixtures.expectSame(Array(Scribbler.text(using: &random).utf8), "seed \(seed), round \(round)")
        }
    }

    // MARK: What is no screenplay, and what is meant to hurt

    @Test func `bytes that are no text are named by where they stand`() {
        func error(_ bytes: [UInt8]) -> ScreenplayError? {
            do throws(ScreenplayError) { _ = try Screenplay(bytes) } catch { return error }
            return nil
        }
        #expect(error([0x61, 0x62, 0xFF]) == .notUTF8(offset: 2))
        #expect(error([0xC3, 0xA9, 0xEF, 0xBF]) == .notUTF8(offset: 2))
        #expect(error([0x61, 0xED, 0xA0, 0x80]) == .notUTF8(offset: 1))
        #expect(error([0x61, 0x00]) == .zero(offset: 1))
        #expect(error([]) == nil)
        #expect("\(ScreenplayError.notUTF8(offset: 2))".contains("byte 2"))
    }

    @Test func `an element that is too large is named by its line`() throws {
        let text = "Hi.\n\n" + String(repeating: "x", count: 300_000)
        #expect(throws: ScreenplayError.tooLong(line: 3, bytes: 300_000, limit: 262_144)) {
            try Screenplay(Array(text.utf8))
        }
    }

    @Test func `blank lines belong to the element below them, or to the end of the file`() throws {
        let blank = String(repeating: "\n", count: 10)
        func error(_ text: String, limit: Int) -> ScreenplayError? {
            do throws(ScreenplayError) { _ = try Screenplay(Array(text.utf8), limit: limit) } catch { return error }
            return nil
        }
        #expect(error("Hi.\n\(blank)Ho.\n", limit: 12) == .tooBlank(line: 2, bytes: 10, limit: 12))
        #expect(error("Hi.\n\(blank)Ho.\n", limit: 13) == nil)
        #expect(error("Hi.\n\nHo.\(blank)", limit: 9) == .tooBlank(line: 3, bytes: 10, limit: 9))
        #expect(error("Hi.\n\nHo.\(blank)", limit: 10) == nil)
        #expect(
            "\(ScreenplayError.tooBlank(line: 2, bytes: 10, limit: 12))".contains("10 bytes of blank lines from line 2")
        )
    }

    @Test func `more marks in a row than Service A takes are named by their line`() throws {
        func text(_ count: Int) -> String { "a" + String(repeating: "\u{301}", count: count) }
        #expect(throws: ScreenplayError.marks(line: 3)) { try Screenplay(Array("Hi.\n\nHo \(text(31))\n".utf8)) }
        #expect(throws: ScreenplayError.marks(line: 2)) {
            try Screenplay(Array("\n\(text(16))/**/\(text(16).dropFirstScalar)\n".utf8))
        }
        _ = try Screenplay(Array("Hi.\n\nHo \(text(30))\n".utf8))
        try Fixtures.expectSame(Array("Hi.\n\nHo \(text(31))\n".utf8))
    }
}

extension Fixtures {
    /// Reads a file and writes it again.
    static func expectSame(_ bytes: [UInt8], _ what: String = "") throws {
        let elements = try Screenplay(bytes, limit: nil).elements
        let written = Writer.bytes(of: elements)
        #expect(written == bytes, "\(what): \(String(decoding: bytes.prefix(400), as: UTF8.self).debugDescription)")
    }
}

extension String {
    /// A run of marks is one Character with the letter before it.
    fileprivate var dropFirstScalar: String { String(String.UnicodeScalarView(unicodeScalars.dropFirst())) }
}

extension [ArraySlice<UInt8>] {
    fileprivate func joined(by separators: [[UInt8]]) -> [UInt8] {
        var joined: [UInt8] = []
        for (index, part) in enumerated() {
            if index > 0 { joined += separators[index % separators.count] }
            joined += part
        }
        return joined
    }
}
