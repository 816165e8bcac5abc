// A JSON text (RFC 8259) taken apart in one pass: a token for every value, in the order of the text.
//
//   {"a":[1,true]}   ──>   object(next: 5, members: 1)  text "a"  array(next: 5, elements: 2)  integer 1  yes
//
// It takes every text of UTF-8 throughout, and of at most 64 levels; for the rest it throws `NotPlain`, which is no verdict: `PayloadCoding`
// then asks Foundation. An object with a key twice, with more than 16 members, or with escapes in its keys is `odd`: whoever asks for its
// members gets the same answer. So it may be strict where that is fast, and must never read a text differently (`PlainJSONTests` compares
// them).

/// The text, or the type, is beyond what the plain coder does; Foundation's decides.
struct NotPlain: Error {}

struct JSONTape {
    enum Kind: UInt8 {
        case null, yes, no, integer, number, text, escapedText, array, object
    }

    struct Token {
        let kind: Kind
        /// An object whose members Foundation has to look up.
        var isOdd = false
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

    private(set) var tokens: [Token] = []
    private var at = 0
    private var depth = 0
    private let deepest: Int

    init(_ bytes: ArraySlice<UInt8>, deepest: Int = JSONTape.deepest) throws(NotPlain) {
        self.deepest = deepest
        guard bytes.count < Int(Int32.max) else { throw NotPlain() }
        tokens.reserveCapacity(12)
        let text = bytes.span
        try value(text)
        skipBlanks(text)
        guard at == text.count else { throw NotPlain() }
    }

    // MARK: Reading

    /// The byte in hand; behind the end a zero, which no text may contain.
    private func next(_ text: Span<UInt8>) -> UInt8 { at < text.count ? text[at] : 0 }

    private mutating func skipBlanks(_ text: Span<UInt8>) {
        while true {
            switch next(text) {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): at += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        skipBlanks(text)
        guard next(text) == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(_ text: Span<UInt8>) throws(NotPlain) {
        skipBlanks(text)
        switch next(text) {
        case UInt8(ascii: "\""): try string(text)
        case UInt8(ascii: "{"): try object(text)
        case UInt8(ascii: "["): try array(text)
        case UInt8(ascii: "t"): try word("true", .yes, text)
        case UInt8(ascii: "f"): try word("false", .no, text)
        case UInt8(ascii: "n"): try word("null", .null, text)
        default: try number(text)
        }
    }

    private mutating func append(_ kind: Kind, from start: Int) {
        tokens.append(Token(kind: kind, start: Int32(start), end: Int32(at), next: Int32(tokens.count + 1)))
    }

    private mutating func word(_ word: String, _ kind: Kind, _ text: Span<UInt8>) throws(NotPlain) {
        let start = at
        for byte in word.utf8 {
            guard next(text) == byte else { throw NotPlain() }
            at += 1
        }
        append(kind, from: start)
    }
}

// MARK: - Containers

extension JSONTape {
    private mutating func object(_ text: Span<UInt8>) throws(NotPlain) {
        let own = try open(.object)
        var count: Int32 = 0
        var isOdd = false
        if !take(UInt8(ascii: "}"), text) {
            repeat {
                if try key(text) { isOdd = true }
                guard take(UInt8(ascii: ":"), text) else { throw NotPlain() }
                try value(text)
                count += 1
            } while take(UInt8(ascii: ","), text)
            guard take(UInt8(ascii: "}"), text) else { throw NotPlain() }
        }
        close(own, count)
        tokens[own].isOdd = isOdd || count > Self.mostMembers || (count > 1 && hasDuplicates(in: own, text))
    }

    private mutating func array(_ text: Span<UInt8>) throws(NotPlain) {
        let own = try open(.array)
        var count: Int32 = 0
        if !take(UInt8(ascii: "]"), text) {
            repeat {
                try value(text)
                count += 1
            } while take(UInt8(ascii: ","), text)
            guard take(UInt8(ascii: "]"), text) else { throw NotPlain() }
        }
        close(own, count)
    }

    private mutating func open(_ kind: Kind) throws(NotPlain) -> Int {
        depth += 1
        guard depth <= deepest else { throw NotPlain() }
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

    /// Returns whether it has escapes.
    private mutating func key(_ text: Span<UInt8>) throws(NotPlain) -> Bool {
        skipBlanks(text)
        guard next(text) == UInt8(ascii: "\"") else { throw NotPlain() }
        try string(text)
        return tokens[tokens.count - 1].kind == .escapedText
    }

    /// Which of two equal keys counts, readers disagree about.
    private func hasDuplicates(in object: Int, _ text: Span<UInt8>) -> Bool {
        var one = object + 1
        for _ in 0..<tokens[object].count {
            let behind = Int(tokens[one + 1].next)
            var other = behind
            while other < tokens[object].next {
                if areEqual(tokens[one], tokens[other], text) { return true }
                other = Int(tokens[other + 1].next)
            }
            one = behind
        }
        return false
    }

    private func areEqual(_ left: Token, _ right: Token, _ text: Span<UInt8>) -> Bool {
        text.extracting(Int(left.start)..<Int(left.end)).hasBytes(
            of: text.extracting(Int(right.start)..<Int(right.end))
        )
    }
}

// MARK: - Texts and numbers

extension JSONTape {
    private mutating func string(_ text: Span<UInt8>) throws(NotPlain) {
        let start = at + 1
        var seen: UInt8 = 0
        at = JSONEscapes.firstSpecial(in: text, from: start, &seen)
        var isEscaped = false
        while next(text) == UInt8(ascii: "\\") {
            isEscaped = true
            guard at + 1 < text.count else { throw NotPlain() }
            seen |= text[at + 1]
            at = JSONEscapes.firstSpecial(in: text, from: at + 2, &seen)
        }
        guard next(text) == UInt8(ascii: "\"") else { throw NotPlain() }
        append(isEscaped ? .escapedText : .text, from: start)
        // Whatever is not ASCII has to be UTF-8.
        if seen >= 0x80, (try? UTF8Span(validating: text.extracting(start..<at))) == nil { throw NotPlain() }
        at += 1
    }

    private mutating func number(_ text: Span<UInt8>) throws(NotPlain) {
        let start = at
        if next(text) == UInt8(ascii: "-") { at += 1 }
        let isZero = next(text) == UInt8(ascii: "0")
        let whole = digits(text)
        guard whole > 0, whole == 1 || !isZero else { throw NotPlain() }
        var kind = Kind.integer
        if next(text) == UInt8(ascii: ".") {
            at += 1
            kind = .number
            guard digits(text) > 0 else { throw NotPlain() }
        }
        if next(text) | 0x20 == UInt8(ascii: "e") {
            at += 1
            kind = .number
            if next(text) == UInt8(ascii: "+") || next(text) == UInt8(ascii: "-") { at += 1 }
            guard digits(text) > 0 else { throw NotPlain() }
        }
        append(kind, from: start)
    }

    private mutating func digits(_ text: Span<UInt8>) -> Int {
        let start = at
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next(text)) { at += 1 }
        return at - start
    }
}

extension Span<UInt8> {
    /// Whether both have the same bytes.
    func hasBytes(of other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    func hasBytes(of text: String) -> Bool {
        let utf8 = text.utf8
        return hasBytes(of: utf8.span)
    }
}
