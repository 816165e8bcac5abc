// A text in Typesense's filter language: between back-ticks nothing has a meaning but the back-tick, and that has no escape.

enum TypesenseText {
    /// The text as one value. A back-tick in it, which `FilterParser` lets through nowhere, becomes a blank: it can match less, never
    /// more.
    static func quoted(_ text: String) -> String {
        var value = "`"
        for scalar in text.unicodeScalars { value.unicodeScalars.append(scalar == "`" ? " " : scalar) }
        return value + "`"
    }
}
