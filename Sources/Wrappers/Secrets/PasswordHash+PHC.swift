// Reading and writing the PHC string of a password hash.

extension PasswordHash {
    private static let longestText = 256

    /// The text to store.
    package var phc: String {
        "$scrypt$ln=\(parameters.logN),r=\(parameters.r),p=\(parameters.p)"
            + "$\(Base64.encode(salt))$\(Base64.encode(hash))"
    }

    /// Parses a stored text.
    package init(phc text: String) throws(PasswordHashError) {
        guard text.utf8.count <= Self.longestText else { throw .malformed }
        let fields = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false).map(Substring.init)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt",
            let salt = Base64.decode(fields[3]), (8...64).contains(salt.count),
            let hash = Base64.decode(fields[4]), (16...64).contains(hash.count)
        else { throw .malformed }
        self.init(parameters: try Self.parameters(fields[2]), salt: salt, hash: hash)
    }

    private static func parameters(_ field: Substring) throws(PasswordHashError) -> ScryptParameters {
        let pairs = field.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Substring.init)
        guard pairs.count == 3,
            let logN = number(pairs[0], named: "ln="),
            let r = number(pairs[1], named: "r="),
            let p = number(pairs[2], named: "p=")
        else { throw .malformed }
        guard let parameters = ScryptParameters(logN: logN, r: r, p: p) else { throw .parametersOutOfBounds }
        return parameters
    }

    /// A decimal of 1–9 digits without leading zeros, after its name.
    private static func number(_ pair: Substring, named name: String) -> Int? {
        guard pair.utf8.starts(with: name.utf8) else { return nil }
        let digits = pair.utf8.dropFirst(name.utf8.count)
        guard (1...9).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int(Substring(digits))
    }
}
