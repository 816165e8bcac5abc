// docs/wire.md as data: its fenced blocks by name, its tables by rows.

import Foundation
import Testing

@testable import Bus

struct WireDocument {
    private let lines: [String]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: "docs/wire.md"), encoding: .utf8)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// What stands in the fenced block that is opened with this name, as in "```hex call".
    func block(_ name: String) throws -> String {
        let start = try #require(lines.firstIndex(of: "```\(name)"), "no block \(name)")
        return lines[(start + 1)...].prefix { $0 != "```" }.joined(separator: "\n")
    }

    /// The bytes of a hex block; what stands behind # in a line is for people.
    func hex(_ name: String) throws -> [UInt8] {
        try block("hex \(name)").split(separator: "\n").flatMap { line in
            try line.prefix { $0 != "#" }.split(separator: " ").map { try #require(UInt8($0, radix: 16), "\(line)") }
        }
    }

    func json(_ name: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(try block("json \(name)").utf8))
    }

    /// The cells of every table row on the page.
    func tableRows() -> [[String]] {
        lines.filter { $0.hasPrefix("| ") }.map { line in
            line.dropFirst().dropLast().split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}
