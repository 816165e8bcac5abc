// What of an element stands in its version's data: all that its type and its comment do not say. JSON, for everybody to read.
//
// `mark` is evidence, not a secret: a checksum of the element as an import left it. Somebody who gives it another comment, or other data,
// need not know of it; it does not fit any more then, and what was typed (`source`) is not believed.

package import Bus
import Contracts

struct Details: Codable {
    var kind: String?
    var key: String?
    var level: Int?
    var number: String?
    var `extension`: String?
    var forced: Bool?
    var dual: Bool?
    var before: String?
    var source: String?
    /// All of a text of which the comment is only the beginning.
    var text: String?
    var byteOrderMark: Bool?
    var lineEnd: String?
    var end: String?
    var mark: String?

    init(_ element: Element, comment: String) {
        kind = element.kind.rawValue
        (key, level, number, `extension`) = (element.key, element.level, element.number, element.extension)
        forced = element.isForced ? true : nil
        dual = element.isDual ? true : nil
        (before, source, end) = (element.before, element.source, element.end)
        text = comment.utf8.count == element.text.utf8.count ? nil : element.text
        byteOrderMark = element.hasByteOrderMark ? true : nil
        lineEnd = element.lineEnd == .lf ? nil : element.lineEnd.rawValue
        mark = element.mark
    }

    /// Nil for what is no object, or one whose members mean something else: somebody else's data. So is one with a U+0000, which no file can have;
    /// a level that no import makes is as if it were not there.
    init?(_ data: JSONText) {
        guard let details = try? PayloadCoding.decode(Details.self, from: data.bytes[...]), details.kind != nil,
            !details.hasZero
        else { return nil }
        self = details
        if let level, !Element.levels.contains(level) { self.level = nil }
    }

    private var hasZero: Bool {
        [key, number, `extension`, before, source, text, end].contains { $0?.utf8.contains(0) == true }
    }

    /// The element as it was left, with the text that it has now.
    func element(_ kind: Element.Kind, comment: String) -> Element {
        var element = Element(kind, text ?? comment)
        (element.key, element.level, element.number, element.extension) = (key, level, number, `extension`)
        (element.isForced, element.isDual) = (forced ?? false, dual ?? false)
        (element.before, element.source, element.end) = (before, source, end)
        element.hasByteOrderMark = byteOrderMark ?? false
        element.lineEnd = lineEnd.flatMap(Element.LineEnd.init) ?? .lf
        return element
    }
}

extension Element {
    /// FNV-1a over all that it is.
    var mark: String {
        let sum = identity.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// What stands in its comment: its text, or the beginning of one that is too long for a comment.
    package var comment: String {
        guard text.utf8.count > CommentBounds.length.upperBound else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(CommentBounds.length.upperBound)))
    }

    /// What stands in its version's data.
    ///
    /// - Throws: Where it cannot be written as JSON, which is never.
    package func data() throws -> JSONText? { JSONText(try PayloadCoding.encode(Details(self, comment: comment))) }
}
