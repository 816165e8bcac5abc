// The outermost level of a JSON text of a service, without reading what is in it: one pass over the bytes, nothing copied.
//
//     {"elements":[…],"revision":17}   ──>   "elements" […]   "revision" 17
//     [{…},{…}]                        ──>   {…}   {…}
//
// It trusts its text to be JSON, as the gateway trusts replies; of a text that is none it makes slices that are none. It never traps.

enum JSONSkim {
    typealias Bytes = ArraySlice<UInt8>

    /// Each member, or element (its `key` is empty), of the outermost object or array.
    static func each(in text: Bytes, _ body: (_ key: Bytes, _ value: Bytes) -> Void) {
        var depth = 0
        var at = text.startIndex
        var start = at
        var key = text[at..<at]
        while at < text.endIndex {
            switch text[at] {
            case UInt8(ascii: "\""): at = endOfString(text, from: at)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth == 1 { start = at + 1 }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 1 { tell(key, text[start..<at], body) }
                depth -= 1
            case UInt8(ascii: ",") where depth == 1:
                tell(key, text[start..<at], body)
                (start, key) = (at + 1, text[at..<at])
            case UInt8(ascii: ":") where depth == 1: (key, start) = (trimmed(text[start..<at]), at + 1)
            default: break
            }
            at += 1
        }
    }

    /// The values of some members of the outermost object, by name; of names without escapes.
    static func members(_ names: Set<String>, of text: Bytes) -> [String: Bytes] {
        var found: [String: Bytes] = [:]
        let quoted = names.map { (name: $0, key: Array("\"\($0)\"".utf8)) }
        each(in: text) { key, value in
            if let match = quoted.first(where: { key.elementsEqual($0.key) }) { found[match.name] = value }
        }
        return found
    }

    private static func tell(_ key: Bytes, _ value: Bytes, _ body: (Bytes, Bytes) -> Void) {
        let value = trimmed(value)
        if !value.isEmpty { body(key, value) }
    }

    /// Of the closing quote; the text's last byte where there is none.
    private static func endOfString(_ text: Bytes, from start: Int) -> Int {
        var at = start + 1
        while at < text.endIndex, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(at, text.endIndex - 1)
    }

    private static func trimmed(_ text: Bytes) -> Bytes {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        let rest = text.drop(while: isBlank)
        return rest[..<(rest.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? rest.startIndex)]
    }
}
