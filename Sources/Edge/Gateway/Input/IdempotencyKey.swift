// The `Idempotency-Key` header: a structured-field string (`"8e03…"`) as the draft has it, or bare as most clients send it.

internal import Bus
internal import HTTPServer

enum IdempotencyKey {
    static let longest = 255

    /// The key, nil where none was sent.
    static func read(_ headers: HTTPFields) throws(Failure) -> String? {
        let values = headers.all("Idempotency-Key")
        guard let value = values.first else { return nil }
        guard values.count == 1, let key = unquote(value), (1...longest).contains(key.utf8.count) else {
            throw .invalid("Idempotency-Key", "must be one string of 1–\(longest) visible ASCII characters")
        }
        return key
    }

    private static func unquote(_ value: String) -> String? {
        guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        guard value.utf8.first == UInt8(ascii: "\"") else {
            return value.utf8.contains { "\" ".utf8.contains($0) } ? nil : value
        }
        var key = ""
        var rest = value.unicodeScalars.dropFirst()
        while let character = rest.popFirst() {
            switch character {
            case "\"": return rest.isEmpty ? key : nil
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
                key.unicodeScalars.append(escaped)
            default: key.unicodeScalars.append(character)
            }
        }
        return nil
    }
}
