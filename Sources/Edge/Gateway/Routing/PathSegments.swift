// A path taken apart at its slashes, each segment percent-decoded once and strictly.
//
// A segment may decode to contain a slash: it is data by then, never a separator. It refuses what does not decode to UTF-8, control
// characters, long runs of combining marks, and the segments `.` and `..`, which a proxy in front may have understood differently.

internal import StreamSafe

enum PathSegments {
    /// The segments of `/a/b%20c`: `a`, `b c`. Nil for a path that is refused.
    static func split(_ path: String) -> [String]? {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments: [String] = []
        for raw in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = decode(raw), segment != ".", segment != ".." else { return nil }
            segments.append(segment)
        }
        return segments
    }

    private static func decode(_ raw: Substring.UTF8View) -> String? {
        guard raw.contains(UInt8(ascii: "%")) else { return raw.allSatisfy(isText) ? String(Substring(raw)) : nil }
        var bytes: [UInt8] = []
        var rest = raw
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hex.value), let low = rest.popFirst().flatMap(Hex.value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        guard bytes.allSatisfy(isText), StreamSafe.keeps(bytes.span) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }
}
