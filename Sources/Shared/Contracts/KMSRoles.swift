// Roles as callers write them: one name, several with commas between ("admin, editor"), or a JSON array of names.

public import Bus

extension KMS {
    /// A set of role names: lower-case ASCII letters, digits, `_` and `-`, at most 32 characters and 16 roles.
    public struct Roles: Codable, Sendable, Equatable, SchemaProviding {
        /// What every account has that names no roles.
        public static let user = "user"
        /// What administration asks for.
        public static let admin = "admin"

        /// What the names have to be, as a clause that follows the field's name; it is the error of roles that are refused.
        public static let rule = "must be role names (a-z, 0-9, _ and -): a list, or one string with commas between"
        public static var schema: JSONSchema {
            var schema = JSONSchema(.string, .array)
            schema.items = Boxed(.string(1...32, pattern: "^[a-z0-9][a-z0-9_-]*$"))
            schema.pattern = "^ *[a-z0-9][a-z0-9_-]{0,31} *(, *[a-z0-9][a-z0-9_-]{0,31} *){0,15}$"
            schema.maxItems = 16
            schema.description = "\"admin\", \"admin,editor\" or [\"admin\", \"editor\"]"
            return schema
        }
        public static let sample = Roles(unchecked: [user])

        /// Sorted, without repetition.
        public let names: [String]

        /// `nil` for more than 16 names, or one that breaks the rule. Letter case is not folded: `Admin` is refused.
        public init?(_ names: [String]) {
            guard names.count <= 16, names.allSatisfy(Self.isRole) else { return nil }
            self.init(unchecked: names)
        }

        private init(unchecked names: [String]) { self.names = Set(names).sorted() }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            guard let roles = Roles(try Self.names(in: container)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.rule)
            }
            self = roles
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(names)
        }

        private static func names(in container: any SingleValueDecodingContainer) throws -> [String] {
            guard let text = try? container.decode(String.self) else { return try container.decode([String].self) }
            return text.unicodeScalars.split(separator: ",", omittingEmptySubsequences: false).map { name in
                String(String.UnicodeScalarView(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
            }
        }

        private static func isRole(_ name: String) -> Bool {
            name == name.lowercased() && Syntax.isName(name, length: 1...32, extra: "_-")
        }
    }
}
