// A one-time code as a user typed it: exactly 6, 7 or 8 ASCII digits.
//
// Nothing is trimmed, folded or converted: " 123456", "123 456", full-width digits and numbers are not codes. A verifier
// that forgives spelling has two names for one code, and a used-code list that knows only one (CVE-2025-6014, -6015).

package enum CodeDigits: Int, Sendable, CaseIterable, Codable {
    case six = 6
    case seven = 7
    case eight = 8
}

package struct OneTimeCode: Sendable, Equatable {
    /// The digits; a secret until used.
    package let text: String

    /// Nil unless `text` is exactly so many ASCII digits.
    package init?(_ text: String, digits: CodeDigits) {
        let characters = text.utf8
        guard characters.count == digits.rawValue,
            characters.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.text = text
    }

    /// Equality in constant time.
    package static func == (left: OneTimeCode, right: OneTimeCode) -> Bool {
        constantTimeEquals(Array(left.text.utf8), Array(right.text.utf8))
    }
}

extension OneTimeCode: CustomStringConvertible, CustomReflectable {
    package var description: String { "<one-time code>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
