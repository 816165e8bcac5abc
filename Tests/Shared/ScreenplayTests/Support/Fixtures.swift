// Small screenplays of our own, which together have every construct; and, where somebody has put it there, a whole play.

import Foundation
import Screenplay

enum Fixtures {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    static let names = [
        "title", "headings", "action", "dialogue", "dual", "lyrics", "transitions", "notes", "boneyard", "sections",
        "emphasis", "unicode", "untidy",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appending(path: "Fixtures/\(name).fountain")))
    }

    /// Beside the project, never in it: nil where it is not there.
    static let play: [UInt8]? = {
        let path = root.appending(path: "../../../../shared/data/hamlet.fountain").standardized
        return (try? Data(contentsOf: path)).map { [UInt8]($0) }
    }()
}

extension Element {
    /// As the tests write it: the kind, the text, and what else it says.
    var described: String {
        var parts = [
            kind.rawValue, text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "/"),
        ]
        if let key { parts.append("key \(key)") }
        if let level { parts.append("level \(level)") }
        if let number { parts.append("number \(number)") }
        if let more = self.extension { parts.append("extension \(more)") }
        if isForced { parts.append("forced") }
        if isDual { parts.append("dual") }
        return parts.joined(separator: "|")
    }
}

func described(_ text: String) throws -> [String] { try Screenplay(Array(text.utf8)).elements.map(\.described) }
