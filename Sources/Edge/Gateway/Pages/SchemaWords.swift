// A schema in a few words: `an integer from 1`, `a list of a string, up to 100`.

internal import Bus

enum SchemaWords {
    static func describe(_ schema: JSONSchema) -> String {
        var words = schema.kinds.filter { $0 != .null }.map(\.words).joined(separator: " or ")
        if words.isEmpty { words = "anything" }
        if let items = schema.items?.value { words += " of \(describe(items))" }
        if let allowed = schema.allowed { words += ": \(allowed.joined(separator: ", "))" }
        words += range(schema.minimum, schema.maximum, "")
        words += range(schema.minLength, schema.maxLength, " characters")
        words += range(schema.minItems, schema.maxItems, " elements")
        if let format = schema.format { words += " (\(format))" }
        if let description = schema.description { words += ". \(description)" }
        return words
    }

    private static func range(_ least: Int?, _ most: Int?, _ unit: String) -> String {
        switch (least, most) {
        case (nil, nil): ""
        case (let least?, nil): ", at least \(least)\(unit)"
        case (nil, let most?): ", at most \(most)\(unit)"
        case (let least?, let most?): ", \(least)–\(most)\(unit)"
        }
    }
}
