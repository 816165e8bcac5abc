// The `Content-Type` of a body, as far as it matters here: is it JSON in UTF-8?

enum MediaType {
    /// `application/json` and `application/…+json`, with no parameter but `charset=utf-8`.
    static func isJSON(_ contentType: String) -> Bool {
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: false).map { part in
            part.lowercased().filter { $0 != " " && $0 != "\t" }
        }
        guard let type = parts.first, type == "application/json" || isStructured(type) else { return false }
        return parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\"", ""].contains($0) }
    }

    private static func isStructured(_ type: String) -> Bool {
        type.hasPrefix("application/") && type.hasSuffix("+json") && type.utf8.count > "application/+json".utf8.count
    }
}
