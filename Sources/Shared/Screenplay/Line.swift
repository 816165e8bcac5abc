// A line as the rules look at it: what is typed, what of it is no boneyard (`said`), and what of that is no note (`visible`).
//
// A note or a boneyard that runs over the end of a line joins the lines that it touches into one.

struct Line {
    /// With all in it, without its end.
    let range: Range<Int>
    /// Of its first line in the file, from 1.
    let number: Int
    let said: ArraySlice<UInt8>
    let visible: ArraySlice<UInt8>
    let hasNote: Bool
    let hasBoneyard: Bool
    /// How much of `said`, without the blanks at its end, stands behind the last visible byte: notes, and the blanks before them.
    let noteBytesAtEnd: Int

    /// Nothing but blanks is typed.
    var isBlank: Bool { !hasNote && !hasBoneyard && said.isBlank }
    /// Nothing is left of it.
    var isBoneyard: Bool { hasBoneyard && said.isBlank }
    /// Notes, and nothing beside them.
    var isNote: Bool { hasNote && visible.isBlank }
    /// A blank line within dialogue, as the syntax page has it: two blanks.
    var isPause: Bool { isBlank && range.count >= 2 }

    static func all(of text: [UInt8]) -> [Line] {
        let spans = Annotations.spans(in: text)
        var (lines, start, number, next): ([Line], Int, Int, Int) = ([], 0, 1, 0)
        while start < text.count {
            let (end, behind) = self.end(from: start, in: text, spans, next)
            lines.append(Line(text, start..<end, number, spans[next..<behind]))
            number += (next < behind ? text[start..<end].count { $0 == 0x0A } : 0) + 1
            (start, next) = (end + 1, behind)
        }
        return lines
    }

    /// Where the line ends, and the first annotation behind it.
    private static func end(from start: Int, in text: [UInt8], _ spans: [Annotations.Span], _ next: Int) -> (Int, Int) {
        func feed(from at: Int) -> Int { text[at...].firstIndex(of: 0x0A) ?? text.count }
        var (end, next) = (feed(from: start), next)
        while next < spans.count, spans[next].range.lowerBound < end {
            // Looked for anew only where it lies within the annotation: a line of a hundred thousand notes is passed once.
            if spans[next].range.upperBound > end { end = feed(from: spans[next].range.upperBound) }
            next += 1
        }
        return (end, next)
    }

    private init(_ text: [UInt8], _ range: Range<Int>, _ number: Int, _ spans: ArraySlice<Annotations.Span>) {
        self.range = range
        self.number = number
        hasNote = spans.contains { $0.kind == .note }
        hasBoneyard = spans.contains { $0.kind == .boneyard }
        said = Self.cut(text, range, spans.filter { $0.kind == .boneyard })
        visible = hasNote ? Self.cut(text, range, Array(spans)) : said
        noteBytesAtEnd = hasNote ? Self.bytesAtEnd(text, range, spans) : 0
    }

    private static func bytesAtEnd(_ text: [UInt8], _ range: Range<Int>, _ spans: ArraySlice<Annotations.Span>) -> Int {
        var (first, end) = (spans.endIndex, range.upperBound)
        while first > spans.startIndex, text[spans[first - 1].range.upperBound..<end].isBlank {
            first -= 1
            end = spans[first].range.lowerBound
        }
        let start = text[range.lowerBound..<end].trimmedAtEnd.endIndex
        return cut(text, start..<range.upperBound, spans[first...].filter { $0.kind == .boneyard }).trimmedAtEnd.count
    }

    private static func cut(_ text: [UInt8], _ range: Range<Int>, _ spans: [Annotations.Span]) -> ArraySlice<UInt8> {
        guard !spans.isEmpty else { return text[range] }
        var (left, at): ([UInt8], Int) = ([], range.lowerBound)
        for span in spans {
            left += text[at..<span.range.lowerBound]
            at = span.range.upperBound
        }
        return (left + text[at..<range.upperBound])[...]
    }
}
