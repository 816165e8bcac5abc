// A file that was read: its elements in their order, and the line that each begins in.

internal import StreamSafe

package struct Screenplay: Sendable {
    /// The largest element in bytes, as typed, with the blank lines above it: with its JSON around it and a portion's answers it still fits into a message of
    /// the bus.
    package static let standardLimit = 256 << 10

    package let elements: [Element]
    /// Of each element, from 1; 0 for the layout, which stands nowhere.
    package let lines: [Int]

    /// Reads a file. Any text is a screenplay: what no rule knows is action.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - limit: What an element may have in bytes; nil for what no import brings to Service A, so that nothing has to fit there.
    /// - Throws: `ScreenplayError` for bytes that are no text, and for what Service A would refuse: an element that is larger than `limit`, and more
    ///   combining marks in a row than it takes.
    package init(_ bytes: [UInt8], limit: Int? = Screenplay.standardLimit) throws(ScreenplayError) {
        let source = try Source(bytes)
        var parser = Parser(source.text)
        let end = parser.run()
        if let limit {
            try Self.checkSizes(parser.found, limit)
            try Self.checkEnd(end, of: source.text, limit)
            try Self.checkMarks(source.text, parser.found)
        }
        let layout = Self.layout(source, end, isEmpty: parser.found.isEmpty)
        elements = (layout.map { [$0] } ?? []) + parser.found.map(\.element)
        lines = (layout.map { _ in [0] } ?? []) + parser.found.map(\.line)
    }

    /// Whether nothing stands in it but blanks.
    package var isBlank: Bool { elements.allSatisfy { $0.kind == .layout } }

    private static func checkSizes(_ found: [Parser.Found], _ limit: Int) throws(ScreenplayError) {
        for one in found {
            if one.bytes > limit { throw .tooLong(line: one.line, bytes: one.bytes, limit: limit) }
            guard let before = one.element.before?.utf8, before.count > limit - one.bytes else { continue }
            throw .tooBlank(line: one.line - before.count { $0 == 0x0A }, bytes: before.count, limit: limit)
        }
    }

    private static func checkEnd(_ end: String, of text: [UInt8], _ limit: Int) throws(ScreenplayError) {
        guard end.utf8.count > limit else { return }
        let line = 1 + text.dropLast(end.utf8.count).count { $0 == 0x0A }
        throw .tooBlank(line: line, bytes: end.utf8.count, limit: limit)
    }

    /// Also of the elements: an annotation that is cut out of a line may join the marks on both sides.
    private static func checkMarks(_ text: [UInt8], _ found: [Parser.Found]) throws(ScreenplayError) {
        guard StreamSafe.keeps(text.span) else { throw .marks(line: firstMarked(text)) }
        if let joined = found.first(where: { !$0.element.isStreamSafe }) { throw .marks(line: joined.line) }
    }

    private static func firstMarked(_ text: [UInt8]) -> Int {
        let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        return 1 + (lines.firstIndex { !StreamSafe.keeps($0.span) } ?? 0)
    }

    /// Nil where the file is as files usually are.
    private static func layout(_ source: Source, _ end: String, isEmpty: Bool) -> Element? {
        var layout = Element(.layout, "")
        layout.hasByteOrderMark = source.hasByteOrderMark
        layout.lineEnd = source.lineEnd
        layout.end = end == (isEmpty ? "" : "\n") ? nil : end
        return layout == Element(.layout, "") ? nil : layout
    }
}

extension Element {
    /// Of what it says; what was typed is in the file.
    fileprivate var isStreamSafe: Bool { [text, key, `extension`].allSatisfy { $0?.isStreamSafe != false } }
}
