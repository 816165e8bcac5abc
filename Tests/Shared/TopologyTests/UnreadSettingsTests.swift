// A setting that nobody reads is a fault: whoever sets it believes that it does something.
//
// By the text of the sources: each stored setting of `Topology/Model` has to be named, behind a dot, in a file outside of the topology's own
// target that names what it belongs to as well (`search` and `.maxHits`).

import Foundation
import Testing

@Suite struct UnreadSettingsTests {
    struct Setting: Hashable, CustomStringConvertible {
        let owner: String
        let name: String

        var description: String { "\(owner).\(name)" }
    }

    private static let sources = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources")

    private static func files(under folder: URL) throws -> [(path: String, text: String)] {
        let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        return try names.filter { $0.hasSuffix(".swift") }.map {
            ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
        }
    }

    /// The settings of a file of the model, each with the innermost type that it stands in.
    static func settings(in text: String) -> [Setting] {
        var owners: [(indent: Int, name: String)] = []
        var settings: [Setting] = []
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            owners.removeAll { $0.indent >= indent && line.contains(/[a-z}]/) }
            if let type = line.firstMatch(of: /(?:struct|enum|extension) ([A-Za-z.]+)/) {
                owners.append((indent, String(type.1.split(separator: ".").last ?? "")))
            } else if let name = line.firstMatch(of: /^ *package var ([A-Za-z]+)(?:: [^{]*)?(?: = .*)?$/),
                let owner = owners.last?.name
            {
                settings.append(Setting(owner: owner, name: String(name.1)))
            }
        }
        return settings
    }

    /// What a type's values are called in the model: `events` for `EventStreams`.
    static func names(of owner: String, in model: String) -> [String] {
        guard
            let call = try? Regex(
                "(?:var|let) ([A-Za-z]+)(?:: | = )(?:[A-Za-z]+\\.)*\(owner)\\b",
                as: (Substring, Substring).self
            )
        else { return [] }
        return [owner] + model.matches(of: call).map { String($0.1) }
    }

    static func unread(_ settings: [Setting], of model: String, in files: [String]) -> [Setting] {
        let read = files.map { text in
            (
                lower: text.lowercased(), members: Set(text.matches(of: /\.([A-Za-z]+)/).map { String($0.1) }),
                // Inside an extension of the type, no dot is needed.
                words: text.contains("extension Topology.")
                    ? Set(text.matches(of: /[A-Za-z]+/).map { String($0.0) }) : []
            )
        }
        return settings.filter { setting in
            let owners = names(of: setting.owner, in: model).map { $0.lowercased() }
            return !read.contains { file in
                (file.members.contains(setting.name) || file.words.contains(setting.name))
                    && owners.contains { file.lower.contains($0) }
            }
        }
    }

    @Test func `every setting is read by somebody`() throws {
        let model = try Self.files(under: Self.sources.appending(path: "Shared/Topology/Model"))
        let settings = model.flatMap { Self.settings(in: $0.text) }
        #expect(settings.count > 80, "\(settings.count) were recognized")
        let readers = try Self.files(under: Self.sources).filter { !$0.path.hasPrefix("Shared/Topology/") }
        let text = model.map(\.text).joined(separator: "\n")
        #expect(Self.unread(settings, of: text, in: readers.map(\.text)) == [])
    }

    @Test func `one that nobody reads is found`() {
        let model = """
            extension Topology {
                package struct Search: Sendable {
                    package var batch = 100
                    package var maxHits = 250
                    package var isOn: Bool { true }
                }
            }
            """
        let settings = Self.settings(in: model)
        #expect(settings.map(\.description) == ["Search.batch", "Search.maxHits"])
        let files = ["let size = topology.search.batch", "let other = gateway.maxHits"]
        #expect(Self.unread(settings, of: model, in: files).map(\.description) == ["Search.maxHits"])
    }
}
