// An e-mail address of the plain kind: `local@domain`, ASCII, no quotes, comments or display name.
//
// Narrower than RFC 5321 on purpose: everything that could end a command or a header early is out, and what is left is
// what providers give to people. At most 64 + 1 + 189 characters.

package struct MailAddress: Sendable, Equatable {
    package let text: String
    let domain: String

    /// Nil where the text is not such an address.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254,
            Self.isDotSeparated(parts[0], maximum: 64, by: Self.isLocalCharacter),
            Self.isDotSeparated(parts[1], maximum: 253, by: Self.isDomainCharacter),
            parts[1].split(separator: UInt8(ascii: ".")).allSatisfy({ label in
                label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-") && label.count <= 63
            })
        else { return nil }
        self.text = text
        domain = String(Substring(parts[1]))
    }

    private static func isDotSeparated(_ part: Substring.UTF8View, maximum: Int, by isAllowed: (UInt8) -> Bool) -> Bool
    {
        let labels = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return part.count <= maximum && labels.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAllowed) }
    }

    private static func isDomainCharacter(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isLocalCharacter(_ character: UInt8) -> Bool {
        isDomainCharacter(character) || "!#$%&'*+/=?^_`{|}~".utf8.contains(character)
    }
}
