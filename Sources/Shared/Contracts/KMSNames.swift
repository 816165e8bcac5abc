// The names that the KMS goes by. Each has one spelling, found when it is decoded, so that no counter and no list can be
// got round by writing a name differently.

public import Bus

extension KMS {
    /// 1–64 of ASCII letters, digits, `.`, `_`, `-`, `+`, `@`, the first a letter or digit; letter case does not count: `Ada` is `ada`.
    public struct Username: TextValue {
        public static let rule = """
            must be 1 to 64 ASCII letters, digits and any of . _ - + @, starting with a letter or digit
            """
        public static let schema = JSONSchema.string(
            1...64,
            pattern: "^[A-Za-z0-9][A-Za-z0-9._+@-]*$",
            "Letter case does not count"
        )
        public static let sample = Username(canonical: "user")
        /// Lower case.
        public let text: String

        public init?(_ text: String) {
            guard Syntax.isName(text, length: 1...64, extra: "._-+@") else { return nil }
            self.init(canonical: text.lowercased())
        }

        private init(canonical: String) { text = canonical }
    }

    /// 1–64 of ASCII letters, digits, `.`, `_`, `-`, the first a letter or digit; letter case counts.
    public struct ServiceName: TextValue {
        public static let rule =
            "must be 1 to 64 ASCII letters, digits and any of . _ -, starting with a letter or digit"
        public static let schema = JSONSchema.string(1...64, pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*$")
        public static let sample = ServiceName(unchecked: "service")
        public let text: String

        public init?(_ text: String) {
            guard Syntax.isName(text, length: 1...64, extra: "._-") else { return nil }
            self.init(unchecked: text)
        }

        private init(unchecked: String) { text = unchecked }
    }

    /// An operation, or all that begin alike: `service_a.sequence.create`, `service_a.*`.
    public struct Scope: TextValue {
        public static let rule = "must be an operation's name, or its beginning and .*"
        public static let schema = JSONSchema.string(1...128, pattern: #"^[A-Za-z0-9][A-Za-z0-9._-]{0,125}(\.\*)?$"#)
        public static let sample = Scope(unchecked: "kms.*")
        public let text: String

        public init?(_ text: String) {
            let name = text.utf8.suffix(2).elementsEqual(".*".utf8) ? String(Substring(text.utf8.dropLast(2))) : text
            guard Syntax.isName(name, length: 1...126, extra: "._-") else { return nil }
            self.init(unchecked: text)
        }

        private init(unchecked: String) { text = unchecked }
    }
}

enum Syntax {
    /// Whether `text` is ASCII letters, digits and `extra`, beginning with a letter or digit.
    static func isName(_ text: String, length: ClosedRange<Int>, extra: String) -> Bool {
        let bytes = text.utf8
        guard length.contains(bytes.count), let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || extra.utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
