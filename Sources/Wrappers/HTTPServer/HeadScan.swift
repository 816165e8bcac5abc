// A whole head, CRLFs and all, read for what decides where the request ends. Pure; it makes no text of what it reads.
//
//     POST·/a?b&c·HTTP/1.1␍␊ Content-Length: 5␍␊ … ␍␊

struct HeadScan {
    enum Body: Equatable {
        case none
        case sized(UInt64)
        case chunked
    }

    private(set) var body = Body.none
    /// Whether the client wants nothing more on this connection.
    private(set) var isLast = false
    /// Where the names of `Cookie` fields begin.
    private(set) var cookies: [Int] = []

    private typealias Bytes = ArraySlice<UInt8>

    /// `fields` is what stands behind the request line, `isHTTP10` what that line has said.
    ///
    /// - Throws: The refusal of a head with more than one meaning, or with too much of something.
    init(_ fields: ArraySlice<UInt8>, isHTTP10: Bool, _ limits: RequestLimits, bodyLimit: Int) throws(Refusal) {
        var rest = fields
        var framing = Framing()
        while !rest.isEmpty {
            let line = Self.line(&rest)
            if line.isEmpty { break }
            try framing.take(line, limits)
        }
        body = try framing.body(isHTTP10: isHTTP10, bodyLimit: bodyLimit)
        isLast = isHTTP10 ? !framing.staysOpen : framing.closes
        cookies = framing.names
    }

    /// The next line without its CRLF.
    private static func line(_ rest: inout Bytes) -> Bytes {
        let end = rest.firstIndex(of: Line.feed) ?? rest.endIndex
        let line = rest[..<end].dropLast()
        rest = rest[min(end + 1, rest.endIndex)...]
        return line
    }

    /// Whether a request line, without its CRLF, is one of HTTP/1.0.
    ///
    /// - Throws: The refusal of a head that begins so.
    static func readRequestLine(_ line: ArraySlice<UInt8>, _ limits: RequestLimits) throws(Refusal) -> Bool {
        let blank = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: blank), let last = line.lastIndex(of: blank), first < last,
            !line.contains(Line.carriageReturn)
        else {
            throw .badFraming(.malformedHead)
        }
        guard Grammar.isToken(String(decoding: line[..<first], as: UTF8.self)) else {
            throw .badFraming(.invalidMethod)
        }
        let target = line[(first + 1)..<last]
        // Of one that is blanks alone libmicrohttpd would say so itself, in a page of its own.
        guard let start = target.first, start != blank else { throw .badFraming(.malformedHead) }
        if target.count > limits.target { throw .targetTooLong(limit: limits.target) }
        if let query = target.firstIndex(of: UInt8(ascii: "?")) {
            let parameters = 1 + target[query...].count { $0 == UInt8(ascii: "&") }
            if parameters > limits.parameters { throw .tooMany(.parameters, limit: limits.parameters) }
        }
        return try isHTTP10(line[(last + 1)...])
    }

    private static func isHTTP10(_ version: Bytes) throws(Refusal) -> Bool {
        if version.elementsEqual("HTTP/1.1".utf8) { return false }
        if version.elementsEqual("HTTP/1.0".utf8) { return true }
        let isVersion =
            version.count == 8 && version.starts(with: "HTTP/".utf8) && version.dropFirst(6).first == UInt8(ascii: ".")
        throw isVersion ? .unsupportedVersion : .badFraming(.malformedHead)
    }
}

/// What the fields of a head say of its body and of its connection.
private struct Framing {
    private var length: ArraySlice<UInt8>?
    private var lengths = 0
    private var codings = 0
    private var isChunked = true
    private var cookies = 0
    /// Where the names of `Cookie` fields begin.
    private(set) var names: [Int] = []
    private(set) var closes = false
    private(set) var staysOpen = false

    mutating func take(_ line: ArraySlice<UInt8>, _ limits: RequestLimits) throws(Refusal) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            !Self.isBlank(line[line.startIndex])
        else { throw .badFraming(.malformedHead) }
        // Such a name is one that we have veiled.
        if VeiledName.isVeiled(line[line.startIndex]) { throw .badFraming(.invalidFieldName) }
        // libmicrohttpd takes it for the end of a line.
        if line.contains(Line.carriageReturn) { throw .badFraming(.invalidFieldValue) }
        let (name, value) = (line[..<colon], line[(colon + 1)...].drop(while: Self.isBlank))
        switch name.count {
        case 6 where Self.isSame(name, "cookie"):
            cookies += 1 + value.count { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") }
            if cookies > limits.cookies { throw .tooMany(.cookies, limit: limits.cookies) }
            names.append(line.startIndex)
        case 10 where Self.isSame(name, "connection"): takeConnection(value)
        case 14 where Self.isSame(name, "content-length"): (length, lengths) = (value, lengths + 1)
        case 17 where Self.isSame(name, "transfer-encoding"):
            codings += 1
            // A blank behind it is none of libmicrohttpd's: it compares the whole value.
            isChunked = isChunked && Self.isSame(value, "chunked")
        default: break
        }
    }

    func body(isHTTP10: Bool, bodyLimit: Int) throws(Refusal) -> HeadScan.Body {
        if lengths > 1 { throw .badFraming(.repeatedContentLength) }
        if lengths > 0 && codings > 0 { throw .badFraming(.contentLengthWithTransferEncoding) }
        if codings > 0 {
            guard codings == 1, isChunked, !isHTTP10 else { throw .badFraming(.unsupportedTransferEncoding) }
            return .chunked
        }
        guard let length else { return .none }
        guard !length.isEmpty, length.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .badFraming(.invalidContentLength)
        }
        guard let count = UInt64(String(decoding: length, as: UTF8.self)) else { throw .bodyTooLarge(limit: bodyLimit) }
        return count == 0 ? .none : .sized(count)
    }

    private mutating func takeConnection(_ value: ArraySlice<UInt8>) {
        for option in value.split(separator: UInt8(ascii: ",")) {
            let word = option.drop(while: Self.isBlank).reversed().drop(while: Self.isBlank).reversed()
            closes = closes || Self.isSame(word, "close")
            staysOpen = staysOpen || Self.isSame(word, "keep-alive")
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// `word` is in small letters.
    private static func isSame(_ bytes: some Collection<UInt8>, _ word: String) -> Bool {
        bytes.count == word.utf8.count
            && zip(bytes, word.utf8).allSatisfy { ((0x41...0x5A).contains($0) ? $0 | 0x20 : $0) == $1 }
    }
}
