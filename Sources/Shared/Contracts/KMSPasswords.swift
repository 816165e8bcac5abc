// Passwords on their way in. They are taken exactly as received: no trimming, no normalising, any Unicode but NUL (which scrypt cannot
// tell from its padding). There are no composition rules (NIST SP 800-63B-4 §3.1.1.2).

public import Bus

extension KMS {
    /// A password to check: any text of up to 1024 characters (Unicode code points).
    public struct Password: TextValue {
        public static let rule = "must be text of 1 to 1024 characters without NUL"
        public static let schema = JSONSchema.string(1...1024, format: "password", pattern: TextPattern.withoutNUL)
        public static let sample = Password(unchecked: "password")
        public let text: String

        public init?(_ text: String) {
            guard (1...1024).contains(text.unicodeScalars.count), !text.utf8.contains(0) else { return nil }
            self.init(unchecked: text)
        }

        private init(unchecked: String) { text = unchecked }
    }

    /// A password to set: at least 8 characters (Unicode code points).
    public struct NewPassword: TextValue {
        public static let rule = "must have at least 8 characters, at most 1024, and no NUL"
        public static let schema = JSONSchema.string(
            8...1024,
            format: "password",
            pattern: TextPattern.withoutNUL,
            "Not one of the common ones"
        )
        public static let sample = NewPassword(unchecked: Password.sample)
        /// As it was sent.
        public var text: String { password.text }
        /// The same as a password to check, which is what it is once it is set.
        public let password: Password

        public init?(_ text: String) {
            guard text.unicodeScalars.count >= 8, let password = Password(text) else { return nil }
            self.init(unchecked: password)
        }

        private init(unchecked: Password) { password = unchecked }
    }
}

extension KMS.Password: CustomStringConvertible, CustomReflectable {
    public var description: String { "<password>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KMS.NewPassword: CustomStringConvertible, CustomReflectable {
    public var description: String { "<password>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
