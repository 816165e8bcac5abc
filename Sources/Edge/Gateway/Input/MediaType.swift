// The `Content-Type` of a body, as far as it matters here: is it JSON in UTF-8?

enum MediaType {
    /// `application/json` and `application/…+json`, with no parameter but `charset=utf-8`.
    static func isJSON(_ contentType: String) -> Bool {
        let parts = contentType.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { part in
            Substring(part).lowercased().unicodeScalars.filter { $0 != " " && $0 != "\t" }
        }.map(String.init)
        guard let type = parts.first, type == "application/json" || isStructured(type) else { return false }
        return parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\"", ""].contains($0) }
    }

    private static func isStructured(_ type: String) -> Bool {
        let (start, end) = ("application/".utf8, "+json".utf8)
        return type.utf8.starts(with: start) && type.utf8.suffix(end.count).elementsEqual(end)
            && type.utf8.count > start.count + end.count
    }
}
