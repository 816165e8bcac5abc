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
        guard text.hasPrefix("/"), text.utf8.count <= 256 else { return nil }
        var segments: [Segment] = []
        if text != "/" {
            for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
                guard let segment = Self.segment(part) else { return nil }
                segments.append(segment)
            }
        }
        self.text = text
        self.segments = segments
        guard Set(parameters).count == parameters.count else { return nil }
    }

    private static func segment(_ part: Substring) -> Segment? {
        if part.hasPrefix("{"), part.hasSuffix("}") {
            let name = part.dropFirst().dropLast()
            return isWord(name) ? .parameter(String(name)) : nil
        }
        return isWord(part) && part != "." && part != ".." ? .literal(String(part)) : nil
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._~".contains($0)) }
    }
}
