// Reads JSON (RFC 8259) strictly, once, at the edge, so that everything behind it may read it leniently.
//
// Foundation's decoder takes the last of two equal keys and goes hundreds of levels deep; a checker and a service that disagree about
// which of two keys counts are a hole. It refuses duplicate keys, more than 64 levels, bytes that are not UTF-8, a byte order mark and
// lone surrogates. Keys are compared as bytes: those that differ in their normalisation are two. A number that no Double holds is read as
// infinite, which no field with a limit takes; the body's own bytes go on as they came. Linear in the text, and so is whatever compares what
// comes of it: long runs of combining marks are refused (`StreamSafe`).

internal import Bus
internal import StreamSafe

struct JSONReader {
    static let deepest = 64

    private let text: [UInt8]
    private var index = 0
    private var depth = 0

    private init(_ text: [UInt8]) { self.text = text }

    /// The value that is the whole of `text`.
    static func read(_ text: [UInt8]) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(text)
        reader.skipBlanks()
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.next == nil else { throw reader.fault("expected nothing more") }
        return value
    }

    // MARK: Values

    private mutating func value() throws(JSONFault) -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try nested(Self.object)
        case UInt8(ascii: "["): return try nested(Self.array)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw fault("expected a value, but the text ends")
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return try number()
        default: throw fault("expected a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONReader) throws(JSONFault) -> JSONValue
    ) throws(JSONFault) -> JSONValue {
        guard depth < Self.deepest else { throw fault("nested more than \(Self.deepest) levels deep") }
        depth += 1
        index += 1
        skipBlanks()
        let value = try body(&self)
        index += 1
        depth -= 1
        return value
    }

    /// From behind the brace up to the closing one.
    private static func object(_ reader: inout JSONReader) throws(JSONFault) -> JSONValue {
        var members: [String: JSONValue] = [:]
        var keys: Set<[UInt8]> = []
        guard reader.next != UInt8(ascii: "}") else { return .object(members) }
        while true {
            guard reader.next == UInt8(ascii: "\"") else { throw reader.fault("expected a key in quotes") }
            let start = reader.index
            let key = try reader.string()
            guard keys.insert(Array(key.utf8)).inserted else {
                throw JSONFault("the key stands twice", in: reader.text, at: start)
            }
            try reader.expect(UInt8(ascii: ":"), "a colon")
            let value = try reader.value()
            // Of keys with one normal form a Swift dictionary holds one; a field of ours is ASCII, and among those it is the one that counts.
            if members[key] == nil || key.utf8.allSatisfy({ $0 < 0x80 }) { members[key] = value }
            reader.skipBlanks()
            if reader.next == UInt8(ascii: "}") { return .object(members) }
            try reader.expect(UInt8(ascii: ","), "a comma or a closing brace")
        }
    }

    private static func array(_ reader: inout JSONReader) throws(JSONFault) -> JSONValue {
        var elements: [JSONValue] = []
        guard reader.next != UInt8(ascii: "]") else { return .array(elements) }
        while true {
            elements.append(try reader.value())
            reader.skipBlanks()
            if reader.next == UInt8(ascii: "]") { return .array(elements) }
            try reader.expect(UInt8(ascii: ","), "a comma or a closing bracket")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let bytes = Array("\(word)".utf8)
        guard text[index...].starts(with: bytes) else { throw fault("expected \(word)") }
        index += bytes.count
        return value
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        if next == UInt8(ascii: "0") { index += 1 } else { try digits() }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        let digits = String(decoding: text[start..<index], as: UTF8.self)
        if isWhole, let integer = Int(digits) { return .integer(integer) }
        let number = Double(digits) ?? .infinity
        // The next smaller whole number is rounded to the smallest integer there is, and would pass for it.
        return .number(isWhole && number == Double(Int.min) ? number.nextDown : number)
    }

    private mutating func digits() throws(JSONFault) {
        let start = index
        while let byte = next, Self.isDigit(byte) { index += 1 }
        guard index > start else { throw fault("expected a digit") }
    }

    // MARK: Strings

    private mutating func string() throws(JSONFault) -> String {
        index += 1
        let start = index
        var unescaped: [UInt8]?
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                let bytes = unescaped ?? Array(text[start..<index])
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw JSONFault("the string is not UTF-8", in: text, at: start)
                }
                guard string.isStreamSafe else {
                    throw JSONFault("more than \(StreamSafe.mostMarks) combining marks in a row", in: text, at: start)
                }
                index += 1
                return string
            case UInt8(ascii: "\\"):
                var bytes = unescaped ?? Array(text[start..<index])
                unescaped = nil  // so that appending does not copy
                try escape(into: &bytes)
                unescaped = bytes
            case ..<0x20:
                throw fault("a control character in a string is written as an escape")
            default:
                unescaped?.append(byte)
                index += 1
            }
        }
        throw fault("the string does not end")
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONFault) {
        let start = index
        index += 1
        guard let letter = next else { throw fault("the string does not end") }
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += Array(String(try scalar(from: start)).utf8)
        default: throw JSONFault("no such escape", in: text, at: start)
        }
    }

    /// The scalar of `\uXXXX`, or of two of them that are a surrogate pair; the first `\u` is read already.
    private mutating func scalar(from start: Int) throws(JSONFault) -> Unicode.Scalar {
        let high = try unit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard UTF16.isLeadSurrogate(UInt16(high)), text[index...].starts(with: [0x5C, 0x75]) else {
            throw JSONFault("half a surrogate pair", in: text, at: start)
        }
        index += 2
        let low = try unit()
        guard UTF16.isTrailSurrogate(UInt16(low)),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw JSONFault("half a surrogate pair", in: text, at: start) }
        return scalar
    }

    private mutating func unit() throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Hex.value(of: byte) else { throw fault("expected four hex digits") }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }

    // MARK: Bytes

    private var next: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// Blanks, the byte, blanks.
    private mutating func expect(_ byte: UInt8, _ name: String) throws(JSONFault) {
        skipBlanks()
        guard next == byte else { throw fault("expected \(name)") }
        index += 1
        skipBlanks()
    }

    private func fault(_ reason: String) -> JSONFault { JSONFault(reason, in: text, at: index) }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
