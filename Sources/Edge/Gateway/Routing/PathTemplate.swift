// The path of a route as a service declares it: `/keys/{service_name}/rotate`.
//
// It comes from a peer, so it is checked: `/` and segments, each a literal of unreserved characters or one name in braces, no name twice.

struct PathTemplate: Equatable, Sendable {
    enum Segment: Equatable, Sendable {
        case literal(String)
        case parameter(String)
    }

    let text: String
    let segments: [Segment]

    var parameters: [String] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.count <= 256 else { return nil }
        var segments: [Segment] = []
        if text != "/" {
            for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
                guard let segment = Self.segment(Substring(part)) else { return nil }
                segments.append(segment)
            }
        }
        self.text = text
        self.segments = segments
        guard Set(parameters).count == parameters.count else { return nil }
    }

    private static func segment(_ part: Substring) -> Segment? {
        if part.utf8.first == UInt8(ascii: "{"), part.utf8.last == UInt8(ascii: "}") {
            let name = Substring(part.utf8.dropFirst().dropLast())
            return isWord(name) ? .parameter(String(name)) : nil
        }
        return isWord(part) && part != "." && part != ".." ? .literal(String(part)) : nil
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isAlphanumeric($0) || "-._~".utf8.contains($0) }
    }

    /// By the byte: an ASCII letter with a combining mark behind it is none.
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
