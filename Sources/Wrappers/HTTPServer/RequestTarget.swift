// The request target of the request line, taken apart. Pure.
//
//     /a/b%20c?x=1&y                origin form
//     http://host:80/a/b%20c?x=1    absolute form: its authority stands in for the Host field
//     *                             for OPTIONS
//
// It refuses the authority form, bytes that are not visible ASCII, crippled percent-escapes, and query parameters that do not decode to
// UTF-8, or have long runs of combining marks (`StreamSafe`). It does not normalise the path, nor judge the authority.

internal import StreamSafe

struct RequestTarget {
    let path: String
    let query: [(name: String, value: String)]
    /// Of the absolute form only.
    let authority: String?

    /// Nil where the target is not one this server understands.
    init?(_ raw: String, method: String) {
        guard Grammar.isTarget(raw), let (authority, rest) = RequestTarget.split(raw, method) else { return nil }
        let parts = rest.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
            .map(Substring.init)
        guard let path = parts.first, Grammar.isPath(path),
            let query = RequestTarget.parameters(parts.count > 1 ? parts[1] : "")
        else {
            return nil
        }
        self.path = String(path)
        self.query = query
        self.authority = authority
    }

    /// What stands for the path of a target that is refused: routes are looked for by it, so a long run of combining marks is no path.
    static func comparable(_ raw: String) -> String { raw.isStreamSafe ? raw : "" }

    /// The authority, if it is written, and path and query.
    private static func split(_ raw: String, _ method: String) -> (authority: String?, rest: String)? {
        if raw.utf8.first == UInt8(ascii: "/") || (raw == "*" && method == "OPTIONS") { return (nil, raw) }
        for scheme in ["http://", "https://"] where HTTPFields.isSame(String(raw.prefix(scheme.count)), scheme) {
            let rest = raw.dropFirst(scheme.count)
            let authority = String(rest.prefix { $0 != "/" && $0 != "?" })
            let tail = String(rest.dropFirst(authority.count))
            if tail.isEmpty && method == "OPTIONS" { return (authority, "*") }
            return (authority, tail.utf8.first == UInt8(ascii: "/") ? tail : "/" + tail)
        }
        return nil
    }

    private static func parameters(_ text: Substring) -> [(name: String, value: String)]? {
        var parameters: [(name: String, value: String)] = []
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map(Substring.init)
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
        guard StreamSafe.keeps(bytes.span) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
