// A file's bytes as lines: UTF-8 throughout, without a byte order mark, each line end a line feed. What was taken off is remembered.

package struct Source: Sendable {
    let hasByteOrderMark: Bool
    let lineEnd: Element.LineEnd
    /// The text with a line feed for each line end.
    let text: [UInt8]

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// - Throws: `ScreenplayError` for bytes that are no text.
    package init(_ bytes: [UInt8]) throws(ScreenplayError) {
        if let offset = Self.firstFault(in: bytes) { throw .notUTF8(offset: offset) }
        if let offset = bytes.firstIndex(of: 0) { throw .zero(offset: offset) }
        hasByteOrderMark = bytes.starts(with: Self.byteOrderMark)
        let body = bytes.dropFirst(hasByteOrderMark ? 3 : 0)
        lineEnd = Self.lineEnd(of: body)
        text = Self.normal(body, lineEnd)
    }

    /// Puts back what `init` took off.
    package static func bytes(_ text: [UInt8], _ lineEnd: Element.LineEnd, withMark: Bool) -> [UInt8] {
        var bytes = withMark ? byteOrderMark : []
        bytes.reserveCapacity(text.count + 3)
        for byte in text {
            switch (byte, lineEnd) {
            case (0x0A, .crlf): bytes += [0x0D, 0x0A]
            case (0x0A, .cr): bytes.append(0x0D)
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    private static func firstFault(in bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var (parser, rest, offset) = (UTF8.ForwardParser(), bytes.makeIterator(), 0)
        while true {
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar): offset += scalar.count
            case .emptyInput: return nil
            case .error: return offset
            }
        }
    }

    /// CRLF only where each line ends so. In a file that mixes them a carriage return is a blank at the end of its line.
    private static func lineEnd(of body: ArraySlice<UInt8>) -> Element.LineEnd {
        var (feeds, pairs, returns, previous) = (0, 0, 0, UInt8(0))
        for byte in body {
            if byte == 0x0A { (feeds, pairs) = (feeds + 1, pairs + (previous == 0x0D ? 1 : 0)) }
            if byte == 0x0D { returns += 1 }
            previous = byte
        }
        guard feeds > 0 else { return returns > 0 ? .cr : .lf }
        return pairs == feeds ? .crlf : .lf
    }

    private static func normal(_ body: ArraySlice<UInt8>, _ lineEnd: Element.LineEnd) -> [UInt8] {
        switch lineEnd {
        case .lf: return Array(body)
        case .cr: return body.map { $0 == 0x0D ? 0x0A : $0 }
        case .crlf:
            var text: [UInt8] = []
            text.reserveCapacity(body.count)
            for byte in body {
                if byte == 0x0A { text.removeLast() }
                text.append(byte)
            }
            return text
        }
    }
}
