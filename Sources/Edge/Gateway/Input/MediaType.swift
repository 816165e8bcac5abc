// The media types that matter here: is a body JSON in UTF-8, is it JSON lines, and which of the two does `Accept` wish for?

enum MediaType {
    /// JSON, a value a line: the two names that it goes by.
    static let lines = ["application/x-ndjson", "application/jsonl"]

    /// `application/json` and `application/…+json`, with no parameter but `charset=utf-8`.
    static func isJSON(_ contentType: String) -> Bool {
        matches(contentType) { $0 == "application/json" || isStructured($0) }
    }

    /// The same for JSON lines.
    static func isLines(_ contentType: String) -> Bool { matches(contentType, lines.contains) }

    private static func matches(_ contentType: String, _ isWanted: (String) -> Bool) -> Bool {
        let parts = parts(contentType)
        guard let type = parts.first, isWanted(type) else { return false }
        return parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\"", ""].contains($0) }
    }

    /// The type of lines that `Accept` (RFC 9110 §12.5.1) names, unless it prefers JSON.
    static func wishedLines(_ accept: [String]) -> String? {
        var (wish, json): ((type: String, weight: Double)?, Double) = (nil, 0)
        for range in accept.flatMap({ $0.utf8.split(separator: UInt8(ascii: ",")).map { parts($0) } }) {
            guard let type = range.first, let weight = weight(range) else { continue }
            if lines.contains(type) {
                if weight > wish?.weight ?? 0 { wish = (type, weight) }
            } else if ["application/json", "application/*", "*/*"].contains(type) {
                json = max(json, weight)
            }
        }
        return wish.flatMap { $0.weight >= json ? $0.type : nil }
    }

    /// 1 where none is said; nil where what is said is no weight.
    private static func weight(_ range: [String]) -> Double? {
        guard let said = range.dropFirst().first(where: { $0.utf8.starts(with: "q=".utf8) }) else { return 1 }
        return Double(String(Substring(said.utf8.dropFirst(2)))).flatMap { (0...1).contains($0) ? $0 : nil }
    }

    /// Type and parameters, in lower case and without blanks.
    private static func parts(_ text: String) -> [String] { parts(Substring(text).utf8) }

    private static func parts(_ text: Substring.UTF8View) -> [String] {
        text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            String(
                String.UnicodeScalarView(Substring(part).lowercased().unicodeScalars.filter { $0 != " " && $0 != "\t" })
            )
        }
    }

    private static func isStructured(_ type: String) -> Bool {
        let (start, end) = ("application/".utf8, "+json".utf8)
        return type.utf8.starts(with: start) && type.utf8.suffix(end.count).elementsEqual(end)
            && type.utf8.count > start.count + end.count
    }
}
