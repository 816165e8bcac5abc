// One line of a head or a trailer while it comes: CRLF ends it; a bare LF or a NUL makes it malformed. Pure.

struct Line {
    enum Step: Equatable {
        case goesOn
        /// And the next one begins.
        case ends(Content)
        case malformed
    }

    enum Content: Equatable {
        case nothing
        /// A name, a colon, and not the rest of the line before it.
        case field
        case other
    }

    static let carriageReturn: UInt8 = 0x0D
    static let feed: UInt8 = 0x0A

    private var length = 0
    private var hasColon = false
    private var isFolded = false
    private var hasReturn = false

    /// Whether a byte neither ends a line, nor begins to, nor makes it malformed.
    static func isPlain(_ byte: UInt8) -> Bool { byte != carriageReturn && byte != feed && byte != 0 }

    /// The control characters that a line may have: its end, and tabs.
    static func mayControl(_ byte: UInt8) -> Bool { byte == carriageReturn || byte == feed || byte == 0x09 }

    /// Takes bytes that are all plain.
    mutating func take(run: some RandomAccessCollection<UInt8>) {
        if hasReturn { length += 1 }
        hasReturn = false
        if length == 0, let first = run.first { isFolded = first == 0x20 || first == 0x09 }
        let mayBeColons = length == 0 ? run.dropFirst() : run[...]
        hasColon = hasColon || mayBeColons.contains(UInt8(ascii: ":"))
        length += run.count
    }

    mutating func take(_ byte: UInt8) -> Step {
        if byte == Line.feed {
            guard hasReturn else { return .malformed }
            defer { self = Line() }
            return .ends(length == 0 ? .nothing : hasColon && !isFolded ? .field : .other)
        }
        guard byte != 0 else { return .malformed }
        if hasReturn { length += 1 }  // a CR that ends nothing is left to those who read the field
        hasReturn = byte == Line.carriageReturn
        if hasReturn { return .goesOn }
        if length == 0 { isFolded = byte == 0x20 || byte == 0x09 }
        if byte == UInt8(ascii: ":"), length > 0 { hasColon = true }
        length += 1
        return .goesOn
    }
}
