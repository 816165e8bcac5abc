// The request target of the request line, `/a/b%20c?x=1&y`, taken apart. Pure.
// It refuses the absolute and authority forms, bytes that are not visible ASCII, crippled percent-escapes,
// and query parameters that do not decode to UTF-8. It does not normalise the path.

struct RequestTarget {
    let path: String
    let query: [(name: String, value: String)]

    /// Nil where the target is not one this server understands.
    init?(_ raw: String, method: String) {
        let parts = raw.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, path.hasPrefix("/") || (raw == "*" && method == "OPTIONS"), Grammar.isTarget(raw)
        else { return nil }
        guard let query = RequestTarget.parameters(parts.count > 1 ? parts[1] : "") else { return nil }
        self.path = String(path)
        self.query = query
    }

    private static func parameters(_ text: Substring) -> [(name: String, value: String)]? {
        var parameters: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(sides[0]), let value = decode(sides.count > 1 ? sides[1] : "") else { return nil }
            parameters.append((name, value))
        }
        return parameters
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Grammar.hexValue),
                    let low = rest.popFirst().flatMap(Grammar.hexValue)
                else { return nil }
                bytes.append(high << 4 | low)
            default:
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
