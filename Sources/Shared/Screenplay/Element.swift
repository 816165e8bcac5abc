// A screenplay as a list: what stands in it, one after the other, with all that is needed to write the same file again.
//
//   kind and text     what it is and says, without the markers of Fountain
//   number, level …   what else it says, where its kind says more
//   before, source    how its author had typed it, where that is not as usual
//
// Two elements are equal where their bytes are: a Swift String takes canonically equivalent texts for the same, and would lose a change.

package import Contracts

package struct Element: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Of the file and not of the play: its line ends, its first bytes and its last. Only where they are not as usual.
        case layout
        case titleEntry, section, synopsis, sceneHeading, action, centered, transition
        case character, dialogue, parenthetical, lyrics, note, boneyard, pageBreak
    }

    /// How a file ends its lines.
    package enum LineEnd: String, Sendable, CaseIterable {
        case lf, crlf, cr
    }

    package var kind: Kind
    /// Lines of it are parted by a line feed. Notes and emphasis stand in it as they were typed.
    package var text: String
    /// Of a title page's entry: `Draft date`.
    package var key: String?
    /// Of a section: how many `#`, within `levels`.
    package var level: Int?
    /// Of a scene heading: `12A`.
    package var number: String?
    /// Of a character: `(V.O.)`, with its parentheses.
    package var `extension`: String?
    /// With the marker that forces its kind: `.`, `!`, `@` or `>`.
    package var isForced = false
    /// A character who speaks beside the one before.
    package var isDual = false
    /// The blank lines in front of it, as typed, each with its end; nil where they are as usual (`Layout.usualLines`).
    package var before: String?
    /// All of its lines as they were typed; nil where that is what `Writer` would write.
    package var source: String?

    // Of `layout` alone.
    package var hasByteOrderMark = false
    package var lineEnd = LineEnd.lf
    /// What stands behind the last element; nil for the end of its line.
    package var end: String?

    /// Levels of sections. A line of more `#` is of the last one, and `source` has all of them; a number that somebody else has written is no reason
    /// to write that many.
    static let levels = 1...1_000

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// The element type of Service A that carries it.
    package var type: ElementType { kind.type }
}

extension Element.Kind {
    package var type: ElementType {
        switch self {
        case .layout, .titleEntry, .note, .boneyard, .pageBreak: .script
        case .section, .synopsis, .sceneHeading: .section
        case .action, .centered, .transition, .parenthetical: .action
        case .character: .character
        case .dialogue, .lyrics: .spokenWord
        }
    }

    /// Whether dialogue may follow it in the next line.
    package var isSpeech: Bool {
        switch self {
        case .character, .parenthetical, .dialogue, .lyrics: true
        default: false
        }
    }
}

extension Element: Equatable, Hashable {
    /// What it says, in bytes: equal for two elements that differ at most in how they were typed.
    package var content: [UInt8] {
        var bytes = Array(kind.rawValue.utf8)
        for part in [text, key, number, `extension`, level.map(String.init)] { bytes.append(part) }
        bytes += [isForced ? 1 : 0, isDual ? 1 : 0]
        return bytes
    }

    /// All of it, in bytes.
    package var identity: [UInt8] {
        var bytes = content
        for part in [before, source, end, lineEnd.rawValue] { bytes.append(part) }
        return bytes + [hasByteOrderMark ? 1 : 0]
    }

    package static func == (left: Element, right: Element) -> Bool { left.identity == right.identity }
    package func hash(into hasher: inout Hasher) { identity.hash(into: &hasher) }
}

extension [UInt8] {
    /// Neither the absent and the empty text look alike, nor do the borders move: no text has these bytes.
    fileprivate mutating func append(_ part: String?) {
        append(part == nil ? 0xFE : 0xFF)
        append(contentsOf: (part ?? "").utf8)
    }
}
