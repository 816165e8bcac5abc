// Where codes are sent: an e-mail address or a phone number, of the plain forms that cannot break a header or a form field.

package enum Contact: Sendable, Equatable {
    case email(String)
    case phone(String)

    /// Nil unless it is `local@domain` of ASCII without spaces, controls, quotes or angle brackets, and at most 254 bytes.
    package init?(email: String) {
        let parts = email.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        let isPlain = email.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"(),:;<>[\\]".utf8.contains($0) }
        guard parts.count == 2, isPlain, email.utf8.count <= 254, (1...64).contains(parts[0].count),
            parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty })
        else { return nil }
        self = .email(email)
    }

    /// Nil unless it is E.164: `+` and 8 to 15 digits, the first not 0.
    package init?(phone: String) {
        let digits = phone.utf8.dropFirst()
        guard phone.utf8.first == UInt8(ascii: "+"), (8...15).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self = .phone(phone)
    }

    package var address: String {
        switch self {
        case .email(let address), .phone(let address): address
        }
    }

    /// What deliveries to it are counted under: mail servers rarely tell letter case apart, so neither does the budget.
    package var budgetKey: String { address.lowercased() }

    /// Enough for its owner to know it again, not enough for others to use it.
    package var masked: String {
        switch self {
        case .email(let address):
            let parts = address.utf8.split(separator: UInt8(ascii: "@")).map(Substring.init)
            let top = parts[1].utf8.split(separator: UInt8(ascii: ".")).last.map { ".\(Substring($0))" } ?? ""
            return "\(parts[0].prefix(1))•••@\(parts[1].prefix(1))•••\(top)"
        case .phone(let number): return "•••• \(number.suffix(4))"
        }
    }
}
