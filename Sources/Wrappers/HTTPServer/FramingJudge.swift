// Where each request on a connection ends, and whether it may: a machine that is fed the bytes as they come, cut anywhere. Pure.
//
//     between ──> head ──┬── no body ─────────────────────────────────────────────> between, or over
//                        ├── Content-Length ──> sized ──────────────────────────────^
//                        └── chunked ──> chunkSize ──> chunkData ──> chunkEnd ─┐     │
//                                           ^   └── 0 ──> trailer ────────────│─────┘
//                                           └─────────────────────────────────┘
//
// It is stricter than libmicrohttpd 0.9.75, which takes a bare LF for a line's end, also in chunks, and skips a NUL. What passes here has one
// meaning only. It does not decode anything, and says nothing of methods, targets and hosts.

struct FramingJudge {
    /// What came of a piece.
    struct Finding: Equatable {
        /// So many bytes of the piece are sound, and belong to requests that are not refused.
        let sound: Int
        /// Why the rest is refused.
        let refusal: Refusal?
    }

    private enum State {
        case between(blanks: Int)
        case head
        case sized(left: UInt64)
        case chunkSize(value: UInt64, digits: Int)
        case chunkExtension(count: Int)
        case chunkLineFeed
        case chunkData(left: UInt64)
        case chunkEnd(hasReturn: Bool)
        case trailer
        /// The last request that this connection may bring has ended, or one was refused.
        case over
    }

    /// How long a line of a chunk's size may be.
    private static let longestExtension = 256

    let limits: RequestLimits
    let bodyLimit: Int
    /// Requests that have come whole.
    private(set) var whole = 0
    /// The head of the last request that began, as far as it has come.
    private(set) var head: [UInt8] = []
    /// Where the names of `Cookie` fields begin of heads that ended in the last piece: counted from its first byte, below zero in what was held.
    private(set) var cookies: [Int] = []
    private var state = State.between(blanks: 0)
    /// How long the request line is, once it has come.
    private var firstLine = 0
    private var isHTTP10 = false
    private var line = Line()
    private var lines = 0
    private var size: UInt64 = 0
    private var trailer = 0
    private var endsInReturn = false
    private var isLast = false

    init(limits: RequestLimits, bodyLimit: Int) {
        self.limits = limits
        self.bodyLimit = bodyLimit
    }

    /// Whether a request has begun and not ended.
    var isWithin: Bool {
        switch state {
        case .between, .over: false
        default: true
        }
    }

    /// Of a head that has not ended what has come behind its first line, or of that line.
    var unfinished: ArraySlice<UInt8> { isInHead ? head[firstLine...] : [] }

    /// Whether it is the head that is coming.
    var isInHead: Bool { if case .head = state { true } else { false } }

    mutating func take(_ bytes: some RandomAccessCollection<UInt8>) -> Finding {
        var rest = bytes[...]
        var refused = bytes.startIndex  // where the request that is being read begins in this piece
        cookies.removeAll(keepingCapacity: true)
        do throws(Refusal) {
            while !rest.isEmpty {
                if case .over = state { break }
                let (before, known) = (whole, cookies.count)
                try step(&rest)
                let headEnd = bytes.distance(from: bytes.startIndex, to: rest.startIndex) - head.count
                for index in known..<cookies.count { cookies[index] += headEnd }
                if whole > before { refused = rest.startIndex }
            }
            let end = rest.isEmpty ? bytes.endIndex : refused
            return Finding(sound: bytes.distance(from: bytes.startIndex, to: end), refusal: nil)
        } catch {
            state = .over
            return Finding(sound: bytes.distance(from: bytes.startIndex, to: refused), refusal: error)
        }
    }

    /// Takes at least one byte.
    private mutating func step<Bytes: RandomAccessCollection<UInt8>>(_ rest: inout Bytes) throws(Refusal)
    where Bytes.SubSequence == Bytes {
        switch state {
        case .sized(let left): skip(&rest, left) { $0 == 0 ? nil : .sized(left: $0) }
        case .chunkData(let left): skip(&rest, left) { $0 == 0 ? .chunkEnd(hasReturn: false) : .chunkData(left: $0) }
        case .head where rest.first.map(Line.isPlain) == true: try takeRun(of: &rest)
        default:
            guard let byte = rest.popFirst() else { return }
            try take(byte)
        }
    }

    private mutating func skip<Bytes: RandomAccessCollection<UInt8>>(
        _ rest: inout Bytes,
        _ left: UInt64,
        then next: (UInt64) -> State?
    ) where Bytes.SubSequence == Bytes {
        let count = Int(min(UInt64(rest.count), left))
        rest = rest.dropFirst(count)
        if let state = next(left - UInt64(count)) { self.state = state } else { end() }
    }

    private mutating func take(_ byte: UInt8) throws(Refusal) {
        switch state {
        case .between(let blanks): try begin(byte, blanks)
        case .head: try takeHead(byte)
        case .chunkSize(let value, let digits): try takeSize(byte, value, digits)
        case .chunkExtension(let count): try takeExtension(byte, count)
        case .chunkLineFeed: try expectLineFeed(byte)
        case .chunkEnd(let hasReturn): try takeChunkEnd(byte, hasReturn)
        case .trailer: try takeTrailer(byte)
        case .sized, .chunkData, .over: break
        }
    }

    private mutating func end() {
        whole += 1
        state = isLast ? .over : .between(blanks: 0)
    }

    // MARK: Heads

    /// Empty lines before a request are let pass (RFC 9112 §2.2), a few of them.
    private mutating func begin(_ byte: UInt8, _ blanks: Int) throws(Refusal) {
        let isBlank = byte == (blanks.isMultiple(of: 2) ? Line.carriageReturn : Line.feed)
        if isBlank {
            guard blanks < 8 else { throw .badFraming(.malformedHead) }
            state = .between(blanks: blanks + 1)
            return
        }
        guard blanks.isMultiple(of: 2) else { throw .badFraming(.malformedHead) }
        head.removeAll(keepingCapacity: true)
        (line, lines, firstLine, state) = (Line(), 0, 0, .head)
        try takeHead(byte)
    }

    /// Most of a head is bytes that neither end a line nor make it malformed: those are taken a run at a time.
    private mutating func takeRun<Bytes: RandomAccessCollection<UInt8>>(of rest: inout Bytes) throws(Refusal)
    where Bytes.SubSequence == Bytes {
        let run = rest.prefix(limits.head + 1 - head.count).prefix(while: Line.isPlain)
        head.append(contentsOf: run)
        try checkHeadSize()
        line.take(run: run)
        rest = rest[run.endIndex...]
    }

    private func checkHeadSize() throws(Refusal) {
        guard head.count > limits.head else { return }
        throw lines == 0 ? .targetTooLong(limit: limits.target) : .headersTooLarge(limit: limits.head)
    }

    private mutating func takeHead(_ byte: UInt8) throws(Refusal) {
        head.append(byte)
        try checkHeadSize()
        switch line.take(byte) {
        case .goesOn: return
        case .malformed: throw .badFraming(.malformedHead)
        case .ends(.nothing): try endHead()
        case .ends:
            lines += 1
            if lines == 1 { try endRequestLine() }
            if lines > limits.fields + 1 { throw .tooMany(.fields, limit: limits.fields) }
        }
    }

    private mutating func endRequestLine() throws(Refusal) {
        isHTTP10 = try HeadScan.readRequestLine(head.dropLast(2), limits)
        firstLine = head.count
    }

    private mutating func endHead() throws(Refusal) {
        let scan = try HeadScan(head[firstLine...], isHTTP10: isHTTP10, limits, bodyLimit: bodyLimit)
        isLast = scan.isLast
        cookies += scan.cookies
        switch scan.body {
        case .none: end()
        case .sized(let length): state = .sized(left: length)
        case .chunked: state = .chunkSize(value: 0, digits: 0)
        }
    }

    // MARK: Chunks

    private mutating func takeSize(_ byte: UInt8, _ value: UInt64, _ digits: Int) throws(Refusal) {
        if let digit = Grammar.hexValue(byte) {
            guard digits < 15 else { throw .badFraming(.malformedChunk) }
            state = .chunkSize(value: value << 4 | UInt64(digit), digits: digits + 1)
            return
        }
        guard digits > 0 else { throw .badFraming(.malformedChunk) }
        size = value
        switch byte {
        case Line.carriageReturn: state = .chunkLineFeed
        case UInt8(ascii: ";"): state = .chunkExtension(count: 0)
        default: throw .badFraming(.malformedChunk)
        }
    }

    /// Extensions are let pass unread, as long as they are text.
    private mutating func takeExtension(_ byte: UInt8, _ count: Int) throws(Refusal) {
        if byte == Line.carriageReturn {
            state = .chunkLineFeed
            return
        }
        guard count < Self.longestExtension, byte == 0x09 || (byte >= 0x20 && byte != 0x7F) else {
            throw .badFraming(.malformedChunk)
        }
        state = .chunkExtension(count: count + 1)
    }

    private mutating func expectLineFeed(_ byte: UInt8) throws(Refusal) {
        guard byte == Line.feed else { throw .badFraming(.malformedChunk) }
        (line, lines, trailer, endsInReturn) = (Line(), 0, 0, false)
        state = size == 0 ? .trailer : .chunkData(left: size)
    }

    private mutating func takeChunkEnd(_ byte: UInt8, _ hasReturn: Bool) throws(Refusal) {
        guard byte == (hasReturn ? Line.feed : Line.carriageReturn) else { throw .badFraming(.malformedChunk) }
        state = hasReturn ? .chunkSize(value: 0, digits: 0) : .chunkEnd(hasReturn: true)
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(Refusal) {
        trailer += 1
        guard trailer <= RequestLimits.trailer.bytes else {
            throw .headersTooLarge(limit: RequestLimits.trailer.bytes)
        }
        // Nobody reads these fields, so nobody else looks at what is in them.
        guard !endsInReturn || byte == Line.feed, byte >= 0x20 && byte != 0x7F || Line.mayControl(byte) else {
            throw .badFraming(.malformedChunk)
        }
        endsInReturn = byte == Line.carriageReturn
        switch line.take(byte) {
        case .goesOn: return
        case .ends(.nothing): end()
        case .ends(.field):
            lines += 1
            if lines > RequestLimits.trailer.fields { throw .tooMany(.fields, limit: RequestLimits.trailer.fields) }
        case .malformed, .ends(.other): throw .badFraming(.malformedChunk)
        }
    }
}
