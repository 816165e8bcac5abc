// A file in portions: every line once, in order, whatever ends it.

import Foundation
import Testing

@testable import Ecosystem

@Suite struct LoadFileTests {
    private func numbers(_ text: String) -> [Int] { LoadFile.lines(of: Array(text.utf8)).map(\.number) }

    @Test(arguments: ["a\nb\n", "a\nb", "a\r\nb\r\n", "a\rb\r", "a\r\nb", "\u{FEFF}a\nb"])
    func `lines end with whatever an editor ends them with`(text: String) {
        let lines = LoadFile.lines(of: Array(text.utf8))
        #expect(lines.map { String(decoding: $0.text, as: UTF8.self) } == ["a", "b"])
        #expect(lines.map(\.number) == [1, 2])
    }

    @Test func `an empty line counts, and is not sent`() {
        #expect(numbers("a\n\nb\n \t\nc\n\n") == [1, 3, 5])
        #expect(numbers("\r\n\r\na") == [3])
        #expect(numbers("").isEmpty && numbers("\n").isEmpty)
    }

    @Test func `portions hold every line once, in order`() {
        let text = (1...1_392).map { "{\"n\":\($0)}" }.joined(separator: "\n")
        let file = LoadFile(Array(text.utf8), into: nil)
        #expect(file.lineCount == 1_392)
        #expect(file.portions.flatMap(\.lines).map(\.number) == Array(1...1_392))
        #expect(file.portions.count == 3)
    }

    @Test func `a large line is a portion by itself`() {
        let large = "\"" + String(repeating: "x", count: 300_000) + "\""
        let file = LoadFile(Array("1\n\(large)\n2".utf8), into: nil)
        #expect(file.portions.map(\.lines.count) == [1, 1, 1])
    }

    @Test func `a key is of what is in a portion, where it stands, and where it goes`() {
        func keys(_ text: String, into name: String? = nil) -> [String] {
            LoadFile(Array(text.utf8), into: name).portions.map(\.key)
        }
        let text = (1...1_100).map { "\($0)" }.joined(separator: "\n")
        #expect(keys(text) == keys(text) && Set(keys(text)).count == 3)
        #expect(keys(text) != keys(text, into: "hamlet"))
        #expect(keys(text).dropLast() == keys(text + " ").dropLast() && keys(text) != keys(text + " "))
        #expect(keys(text).allSatisfy { $0.utf8.count <= 64 })
        let same = String(repeating: "1\n", count: 1_000)
        #expect(Set(keys(same)).count == 2, "the second is no repeat of the first")
    }

    @Test func `a line that is no JSON goes as it is`() throws {
        let body = LoadFile(Array("{\"a\":1}\n{\"a\":\n".utf8), into: nil).portions[0].body
        #expect(String(decoding: body, as: UTF8.self) == "{\"create\":{\"a\":1}}\n{\"a\":\n")
    }

    @Test func `a file that is not there is said to be missing`() {
        #expect(throws: (any Error).self) { try LoadFile(path: "/nowhere/at/all", into: nil) }
    }
}
