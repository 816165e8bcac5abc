// A question in FTS5's language: quoted tokens, for both kinds of documents. Tokens are letters and digits, so a quote cannot be in one.
//
//     {comment_words} : ("nobler" AND "to be" AND "mi" *)          the last may be a beginning, also of a phrase: "to ni" *

extension Question {
    /// What has to be in these columns; `nil` where nothing has.
    func match(in columns: [String]) -> String? {
        var terms = (required.map { [$0] } + phrases).map(Self.quoted)
        terms += anyOf.map { words in "(\(words.map { Self.quoted([$0]) }.joined(separator: " OR ")))" }
        if !beginningInOrder.isEmpty { terms.append(Self.quoted(beginningInOrder) + " *") }
        return terms.isEmpty ? nil : Self.text(terms.joined(separator: " AND "), in: columns)
    }

    /// What must not be in any of them; `nil` where everything may.
    func exclusion(in columns: [String]) -> String? {
        excluded.isEmpty ? nil : Self.text(excluded.map(Self.quoted).joined(separator: " OR "), in: columns)
    }

    private static func text(_ terms: String, in columns: [String]) -> String {
        "{\(columns.joined(separator: " "))} : (\(terms))"
    }

    private static func quoted(_ tokens: [String]) -> String { "\"\(tokens.joined(separator: " "))\"" }
}
