// A user as the KMS spells it, compared byte by byte.
//
// Swift's `String` treats canonically equivalent spellings as equal, SQLite does not; if the two differed here, one user could have two
// attempt budgets or two users one factor. Only the KMS's own rule (letter case does not count) is applied; any other spelling is another user.

internal import Contracts

package struct AccountName: Sendable, Hashable {
    package let text: String

    /// A name that the KMS has spelled.
    package init(_ text: String) { self.text = text }

    /// A name that somebody has typed, in the KMS's spelling; what cannot be a name stays as it is and is nobody's.
    package init(canonical typed: String) { text = KMS.Username(typed)?.text ?? typed }

    package static func == (left: AccountName, right: AccountName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
