// Notes and boneyards, found before anything else: what stands in them is neither blank line nor marker.
//
//   [[ … ]]   a note. It may run over lines, but for an empty one; a line of two blanks in it is not empty.
//   /* … */   a boneyard, over any lines.
//
// They do not nest, and one that is never closed is text. Each closing is looked for once, from where the last was found: a hundred
// thousand openings cost one pass.

enum Annotation: Sendable {
    case note, boneyard
}

struct Annotations {
    struct Span {
        let kind: Annotation
        let range: Range<Int>
    }

    private let text: [UInt8]
    /// Where the next closing of each kind stands, at or behind the last question; `text.count` for none.
    private var noteClosing = -1
    private var boneyardClosing = -1
    private var emptyLine = -1

    private init(_ text: [UInt8]) { self.text = text }

    static func spans(in text: [UInt8]) -> [Span] {
        var annotations = Annotations(text)
        return annotations.all()
    }

    private mutating func all() -> [Span] {
        var spans: [Span] = []
        var at = 0
        while at + 1 < text.count {
            guard let kind = opening(at), let end = end(of: kind, from: at + 2) else {
                at += 1
                continue
            }
            spans.append(Span(kind: kind, range: at..<end))
            at = end
        }
        return spans
    }

    private func opening(_ at: Int) -> Annotation? {
        switch (text[at], text[at + 1]) {
        case (UInt8(ascii: "["), UInt8(ascii: "[")): .note
        case (UInt8(ascii: "/"), UInt8(ascii: "*")): .boneyard
        default: nil
        }
    }

    /// Behind the closing; nil where there is none.
    private mutating func end(of kind: Annotation, from start: Int) -> Int? {
        switch kind {
        case .boneyard:
            boneyardClosing = next(boneyardClosing, start) {
                $0[$1] == UInt8(ascii: "*") && $0[$1 + 1] == UInt8(ascii: "/")
            }
            return boneyardClosing < text.count ? boneyardClosing + 2 : nil
        case .note:
            noteClosing = next(noteClosing, start) { $0[$1] == UInt8(ascii: "]") && $0[$1 + 1] == UInt8(ascii: "]") }
            emptyLine = next(emptyLine, start, Self.isEmptyLine)
            guard noteClosing < text.count, noteClosing < emptyLine else { return nil }
            return noteClosing + 2
        }
    }

    /// The first place from `start` on where `found` holds, known already where the last one found lies there.
    private func next(_ known: Int, _ start: Int, _ found: ([UInt8], Int) -> Bool) -> Int {
        guard known < start else { return known }
        var at = start
        while at + 1 < text.count {
            if found(text, at) { return at }
            at += 1
        }
        return text.count
    }

    /// A line end with nothing, or a single blank, before the next.
    private static func isEmptyLine(_ text: [UInt8], _ at: Int) -> Bool {
        guard text[at] == 0x0A else { return false }
        if text[at + 1] == 0x0A { return true }
        return at + 2 < text.count && text[at + 1].isBlank && text[at + 2] == 0x0A
    }
}
