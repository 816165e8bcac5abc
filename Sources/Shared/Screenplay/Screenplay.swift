// A file that was read: its elements in their order, and the line that each begins in.

package struct Screenplay: Sendable {
    /// The largest element in bytes, as typed: with its JSON around it and a portion's answers it still fits into a message of the bus.
    package static let standardLimit = 256 << 10

    package let elements: [Element]
    /// Of each element, from 1; 0 for the layout, which stands nowhere.
    package let lines: [Int]

    /// Reads a file. Any text is a screenplay: what no rule knows is action.
    ///
    /// - Throws: `ScreenplayError` for bytes that are no text, and for an element that is larger than `limit`.
    package init(_ bytes: [UInt8], limit: Int = Screenplay.standardLimit) throws(ScreenplayError) {
        let source = try Source(bytes)
        var parser = Parser(source.text)
        let end = parser.run()
        if let large = parser.found.first(where: { $0.bytes > limit }) {
            throw .tooLong(line: large.line, bytes: large.bytes, limit: limit)
        }
        let layout = Self.layout(source, end, isEmpty: parser.found.isEmpty)
        elements = (layout.map { [$0] } ?? []) + parser.found.map(\.element)
        lines = (layout.map { _ in [0] } ?? []) + parser.found.map(\.line)
    }

    /// Whether nothing stands in it but blanks.
    package var isBlank: Bool { elements.allSatisfy { $0.kind == .layout } }

    /// Nil where the file is as files usually are.
    private static func layout(_ source: Source, _ end: String, isEmpty: Bool) -> Element? {
        var layout = Element(.layout, "")
        layout.hasByteOrderMark = source.hasByteOrderMark
        layout.lineEnd = source.lineEnd
        layout.end = end == (isEmpty ? "" : "\n") ? nil : end
        return layout == Element(.layout, "") ? nil : layout
    }
}
