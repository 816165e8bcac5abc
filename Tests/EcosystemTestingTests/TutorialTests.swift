// The tutorial shows the example's files as they are.

import Foundation
import Testing

@Suite struct TutorialTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// A file's name in a line of its own, and its text in the block below.
    private static func blocks() throws -> [String: String] {
        let page = try text("Sources/EcosystemTesting/EcosystemTesting.docc/AServiceOfOnesOwn.md")
        let parts = page.components(separatedBy: "```")
        var blocks: [String: String] = [:]
        for (before, block) in zip(parts, parts.dropFirst()) {
            let lines = before.split(separator: "\n")
            guard let name = lines.last, name.hasPrefix("`"), name.hasSuffix("`") else { continue }
            blocks[String(name.dropFirst().dropLast())] = String(block.drop { $0 != "\n" }.dropFirst())
        }
        return blocks
    }

    @Test(arguments: [
        "Package.swift", "Sources/Guestbook/Guestbook.swift", "Sources/guestbookd/Main.swift", "topology.yaml",
        "Tests/GuestbookTests/GuestbookTests.swift",
    ])
    func `the tutorial's code is the example's`(_ file: String) throws {
        #expect(try Self.blocks()[file] == Self.text("Examples/swift/\(file)"))
    }

    @Test func `the tutorial shows nothing else`() throws { #expect(try Self.blocks().count == 5) }
}
