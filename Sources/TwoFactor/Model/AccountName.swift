// A user as the KMS spells it, compared byte by byte.
//
// Swift's `String` treats canonically equivalent spellings as equal, SQLite does not; if the two differed here, one user could have two
// attempt budgets or two users one factor. Nothing is folded or trimmed: a name in another spelling is another, unknown user.

package struct AccountName: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: AccountName, right: AccountName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
