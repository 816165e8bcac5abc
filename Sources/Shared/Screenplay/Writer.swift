// Elements into a file. What is as usual is written as usual; the rest says how it was typed.

package enum Writer {
    /// The file.
    package static func bytes(of elements: [Element]) -> [UInt8] {
        let layout = elements.first { $0.kind == .layout } ?? Element(.layout, "")
        var text: [UInt8] = []
        var previous: Element.Kind?
        for element in elements where element.kind != .layout {
            if previous != nil { text.append(0x0A) }
            text += (element.before ?? Layout.usual(before: element.kind, after: previous)).utf8
            text += (element.source ?? lines(of: element)).utf8
            previous = element.kind
        }
        text += (layout.end ?? (previous == nil ? "" : "\n")).utf8
        return Source.bytes(text, layout.lineEnd, withMark: layout.hasByteOrderMark)
    }

    /// An element as one usually types it, without the end of its last line.
    static func lines(of element: Element) -> String {
        let (text, isForced) = (element.text, element.isForced)
        switch element.kind {
        case .layout: return ""
        case .titleEntry: return titleEntry(element.key ?? "Title", text)
        case .section: return "\(String(repeating: "#", count: max(1, element.level ?? 1))) \(text)"
        case .synopsis: return "= \(text)"
        case .sceneHeading: return (isForced ? "." : "") + text + (element.number.map { " #\($0)#" } ?? "")
        case .action: return (isForced ? "!" : "") + text
        case .centered: return each(text) { "> \($0) <" }
        case .transition: return (isForced ? "> " : "") + text
        case .character: return cue(element)
        // An empty line would end the speech; two blanks do not.
        case .dialogue: return each(text) { $0.isEmpty ? "  " : $0 }
        case .parenthetical: return "(\(text))"
        case .lyrics: return each(text) { "~\($0)" }
        case .note: return "[[\(text)]]"
        case .boneyard: return "/*\(text)*/"
        case .pageBreak: return "==="
        }
    }

    private static func each(_ text: String, _ line: (String) -> String) -> String {
        split(text).map(line).joined(separator: "\n")
    }

    private static func split(_ text: String) -> [String] {
        Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false).map(\.text)
    }

    private static func titleEntry(_ key: String, _ text: String) -> String {
        let values = split(text)
        guard values.count > 1 else { return text.isEmpty ? "\(key):" : "\(key): \(text)" }
        return "\(key):\n" + values.map { "    \($0)" }.joined(separator: "\n")
    }

    private static func cue(_ element: Element) -> String {
        let more = [element.extension, element.isDual ? "^" : nil].compactMap { $0 }
        return (element.isForced ? "@" : "") + ([element.text] + more).joined(separator: " ")
    }
}
