// A JSON text (RFC 8259) taken apart in one pass: a token for every value, in the order of the text.
//
//   {"a":[1,true]}   ──>   object(next: 5, members: 1)  text "a"  array(next: 5, elements: 2)  integer 1  yes
//
// It takes only what is plain, and of that everything: no duplicate keys, at most 16 members an object and 64 levels, no escapes in keys,
// UTF-8 throughout. For the rest it throws `NotPlain`, which is no verdict: `PayloadCoding` then asks Foundation. So it may be strict
// where that is fast, and must never read a text differently (`PlainJSONTests` compares them).

/// The text, or the type, is beyond what the plain coder does; Foundation's decides.
struct NotPlain: Error {}

struct JSONTape {
    enum Kind: UInt8 {
        case null, yes, no, integer, number, text, escapedText, array, object
    }

    struct Token {
        let kind: Kind
        /// Where the value's bytes are, a text's without its quotes.
        let start: Int32
        var end: Int32
        /// The token behind this value and all that is in it.
        var next: Int32
        /// Elements of an array, members of an object.
        var count: Int32 = 0
    }

    static let mostMembers = 16
    static let deepest = 64

    let bytes: ArraySlice<UInt8>
    private(set) var tokens: [Token] = []
    private var at: Int
    private var depth = 0

    init(_ bytes: ArraySlice<UInt8>) throws(NotPlain) {
        guard bytes.endIndex < Int(Int32.max) else { throw NotPlain() }
        self.bytes = bytes
        at = bytes.startIndex
        tokens.reserveCapacity(16)
        try value()
        skipBlanks()
        guard at == bytes.endIndex else { throw NotPlain() }
    }

    // MARK: Reading

    private var next: UInt8 { at < bytes.endIndex ? bytes[at] : 0 }

    private mutating func skipBlanks() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\n") || next == UInt8(ascii: "\t")
            || next == UInt8(ascii: "\r")
        { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func value() throws(NotPlain) {
        skipBlanks()
        switch next {
        case UInt8(ascii: "\""): try text()
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func append(_ kind: Kind, from start: Int) {
        tokens.append(Token(kind: kind, start: Int32(start), end: Int32(at), next: Int32(tokens.count + 1)))
    }

    private mutating func word(_ word: String, _ kind: Kind) throws(NotPlain) {
        let start = at
        at += word.utf8.count
        guard at <= bytes.endIndex, bytes[start..<at].elementsEqual(word.utf8) else { throw NotPlain() }
        append(kind, from: start)
    }
}

// MARK: - Containers

extension JSONTape {
    private mutating func object() throws(NotPlain) {
        let own = try open(.object)
        var count: Int32 = 0
        if !take(UInt8(ascii: "}")) {
            repeat {
                try key()
                guard take(UInt8(ascii: ":")) else { throw NotPlain() }
                try value()
                count += 1
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")), count <= Self.mostMembers else { throw NotPlain() }
        }
        close(own, count)
        try refuseDuplicates(in: own)
    }

    private mutating func array() throws(NotPlain) {
        let own = try open(.array)
        var count: Int32 = 0
        if !take(UInt8(ascii: "]")) {
            repeat {
                try value()
                count += 1
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { throw NotPlain() }
        }
        close(own, count)
    }

    private mutating func open(_ kind: Kind) throws(NotPlain) -> Int {
        depth += 1
        guard depth <= Self.deepest else { throw NotPlain() }
        append(kind, from: at)
        at += 1
        return tokens.count - 1
    }

    private mutating func close(_ own: Int, _ count: Int32) {
        depth -= 1
        tokens[own].end = Int32(at)
        tokens[own].next = Int32(tokens.count)
        tokens[own].count = count
    }

    private mutating func key() throws(NotPlain) {
        skipBlanks()
        guard next == UInt8(ascii: "\"") else { throw NotPlain() }
        try text()
        guard tokens[tokens.count - 1].kind == .text else { throw NotPlain() }
    }

    /// Which of two equal keys counts, readers disagree about.
    private func refuseDuplicates(in object: Int) throws(NotPlain) {
        var one = object + 1
        for _ in 0..<tokens[object].count {
            let behind = Int(tokens[one + 1].next)
            var other = behind
            while other < tokens[object].next {
                if areEqual(tokens[one], tokens[other]) { throw NotPlain() }
                other = Int(tokens[other + 1].next)
            }
            one = behind
        }
    }

    private func areEqual(_ left: Token, _ right: Token) -> Bool {
        left.end - left.start == right.end - right.start
            && bytes[Int(left.start)..<Int(left.end)].elementsEqual(bytes[Int(right.start)..<Int(right.end)])
    }
}

// MARK: - Texts and numbers

extension JSONTape {
    private mutating func text() throws(NotPlain) {
        at += 1
        let start = at
        var isEscaped = false
        var isASCII = true
        while next != UInt8(ascii: "\"") {
            // The end of the text reads as zero, which no text may contain either.
            guard next >= 0x20 else { throw NotPlain() }
            if next == UInt8(ascii: "\\") {
                isEscaped = true
                at += 1
                guard at < bytes.endIndex else { throw NotPlain() }
            }
            if next >= 0x80 { isASCII = false }
            at += 1
        }
        append(isEscaped ? .escapedText : .text, from: start)
        at += 1
        if !isASCII { try checkUTF8(bytes[start..<at - 1]) }
    }

    private func checkUTF8(_ text: ArraySlice<UInt8>) throws(NotPlain) {
        guard String(validating: text, as: UTF8.self) != nil else { throw NotPlain() }
    }

    private mutating func number() throws(NotPlain) {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let isZero = next == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, whole == 1 || !isZero else { throw NotPlain() }
        var kind = Kind.integer
        if next == UInt8(ascii: ".") {
            at += 1
            kind = .number
            guard digits() > 0 else { throw NotPlain() }
        }
        if next | 0x20 == UInt8(ascii: "e") {
            at += 1
            kind = .number
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { throw NotPlain() }
        }
        append(kind, from: start)
    }

    private mutating func digits() -> Int {
        let start = at
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { at += 1 }
        return at - start
    }
}
