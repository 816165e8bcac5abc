// An entity tag (RFC 9110 §8.8.3), as it comes and as we make it. Read by the byte: what is between the quotes is anybody's.
//
//     "17"      a revision               "17-3"    and behind it what else changes the answer
//     W/"17"    weak: never equal where bytes count (§8.8.3.2)
//     "17-gzip" the same state, compressed: other bytes, so another tag, and as good in a condition

struct EntityTag: Equatable, Sendable {
    /// What a field says: `*`, or tags.
    enum List: Equatable, Sendable {
        case any
        case tags([EntityTag])
    }

    struct Malformed: Error {}

    /// So many tags in one field at most.
    static let most = 64

    let isWeak: Bool
    /// Between the quotes, but for what says that it was compressed.
    let opaque: [UInt8]
    let isCompressed: Bool

    private static let suffix = Array("-gzip".utf8)

    init(_ numbers: [UInt64]) {
        (isWeak, isCompressed) = (false, false)
        opaque = Array(numbers.map(String.init).joined(separator: "-").utf8)
    }

    /// As it stands in a field.
    var text: String {
        let bytes = opaque + (isCompressed ? Self.suffix : [])
        return (isWeak ? "W/\"" : "\"") + String(decoding: bytes, as: UTF8.self) + "\""
    }

    /// The tag of an answer, as it stands in its field, once that is compressed.
    static func compressed(_ text: String) -> String {
        text.utf8.last == UInt8(ascii: "\"")
            ? String(decoding: text.utf8.dropLast() + suffix + [UInt8(ascii: "\"")], as: UTF8.self) : text
    }

    /// Whether both are of one state; where bytes count, weak ones are of none (§13.1.1).
    func isSameState(as other: EntityTag?) -> Bool { opaque == other?.opaque }

    /// The revision that a tag of ours begins with, written as we write it; nil for a tag of somebody else's.
    var revision: UInt64? {
        let parts = opaque.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Self.number($0) }
        return parts.contains(nil) ? nil : parts[0]
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        let text = String(decoding: digits, as: UTF8.self)
        return UInt64(text).flatMap { String($0).utf8.elementsEqual(digits) ? $0 : nil }
    }

    /// Every line of a field that is a list (§5.6.1): `*` alone, or tags between commas.
    static func list(_ lines: [String]) throws(Malformed) -> List {
        var tags: [EntityTag] = []
        var hasStar = false
        for line in lines {
            var rest = Array(line.utf8)[...]
            while true {
                skipBlanks(&rest)
                guard let first = rest.first else { break }
                if first == UInt8(ascii: ",") {
                    rest.removeFirst()
                    continue
                }
                if first == UInt8(ascii: "*") {
                    hasStar = true
                    rest.removeFirst()
                } else {
                    tags.append(try EntityTag(readingFrom: &rest))
                }
                skipBlanks(&rest)
                guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { throw Malformed() }
            }
        }
        guard hasStar != !tags.isEmpty, tags.count <= most else { throw Malformed() }
        return hasStar ? .any : .tags(tags)
    }

    private init(readingFrom rest: inout ArraySlice<UInt8>) throws(Malformed) {
        let weak = Array("W/".utf8)
        isWeak = rest.starts(with: weak)
        if isWeak { rest.removeFirst(weak.count) }
        guard rest.popFirst() == UInt8(ascii: "\"") else { throw Malformed() }
        guard let end = rest.firstIndex(where: { !Self.isTagByte($0) }), rest[end] == UInt8(ascii: "\"") else {
            throw Malformed()
        }
        let bytes = rest[..<end]
        isCompressed = bytes.count > Self.suffix.count && bytes.suffix(Self.suffix.count).elementsEqual(Self.suffix)
        opaque = Array(isCompressed ? bytes.dropLast(Self.suffix.count) : bytes)
        rest = rest[(end + 1)...]
    }

    /// `etagc`: visible ASCII without the quote, and whatever is beyond ASCII.
    private static func isTagByte(_ byte: UInt8) -> Bool {
        byte == 0x21 || (0x23...0x7E).contains(byte) || byte >= 0x80
    }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.first, byte == 0x20 || byte == 0x09 { rest.removeFirst() }
    }
}
