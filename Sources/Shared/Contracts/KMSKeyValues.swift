// What goes in and out of the KMS about API keys. Times are Unix seconds; durations are seconds.

public import Bus
public import Leases

extension KMS {
    /// An API key that the caller has chosen: 32–256 printable ASCII characters without spaces, at least 12 of them different.
    public struct ChosenKey: TextValue {
        public static let rule =
            "must be 32 to 256 printable ASCII characters without spaces, at least 12 of them different"
        public static let schema = JSONSchema.string(
            32...256,
            format: "password",
            pattern: "^[!-~]+$",
            "At least 12 different characters. Leave it out to have one made"
        )
        public static let sample = ChosenKey(unchecked: "a-key-of-32-characters-or-more-01")
        public let text: String

        public init?(_ text: String) {
            let bytes = text.utf8
            guard (32...256).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
                Set(bytes).count >= 12
            else { return nil }
            self.init(unchecked: text)
        }

        private init(unchecked: String) { text = unchecked }
    }

    public struct KeyCreation: Codable, Sendable {
        public let serviceName: ServiceName
        public let apiKey: ChosenKey?
        /// The default is `user`.
        public let roles: Roles?
        /// The operations that the key may call; left out: all that its roles allow.
        public let scopes: [Scope]?
        /// Seconds until the key expires; left out: never.
        public let expiresIn: Int?

        public init(
            serviceName: ServiceName,
            apiKey: ChosenKey? = nil,
            roles: Roles? = nil,
            scopes: [Scope]? = nil,
            expiresIn: Int? = nil
        ) {
            self.serviceName = serviceName
            self.apiKey = apiKey
            self.roles = roles
            self.scopes = scopes
            self.expiresIn = expiresIn
        }

        enum CodingKeys: String, CodingKey {
            case roles, scopes
            case serviceName = "service_name"
            case apiKey = "api_key"
            case expiresIn = "expires_in"
        }
    }

    public struct KeyName: Codable, Sendable {
        public let serviceName: ServiceName
        public init(serviceName: ServiceName) { self.serviceName = serviceName }

        enum CodingKeys: String, CodingKey { case serviceName = "service_name" }
    }

    public struct KeyRotation: Codable, Sendable {
        public let serviceName: ServiceName
        /// How long the old key lives on: 0 (the default) for a leak, up to 7 days for a planned change.
        public let overlapSeconds: Int?

        public init(serviceName: ServiceName, overlapSeconds: Int? = nil) {
            self.serviceName = serviceName
            self.overlapSeconds = overlapSeconds
        }

        enum CodingKeys: String, CodingKey {
            case serviceName = "service_name"
            case overlapSeconds = "overlap_seconds"
        }
    }

    /// A key as it is shown once.
    public struct IssuedKey: Codable, Sendable, Equatable {
        public let serviceName: String
        public let apiKey: String

        public init(serviceName: String, apiKey: String) {
            self.serviceName = serviceName
            self.apiKey = apiKey
        }

        enum CodingKeys: String, CodingKey {
            case serviceName = "service_name"
            case apiKey = "api_key"
        }
    }

    public struct KeyDescription: Codable, Sendable, Equatable {
        public let serviceName: String
        /// The first characters of the key in force.
        public let prefix: String
        public let roles: [String]
        public let scopes: [String]?
        public let createdAt: Int
        public let rotatedAt: Int?
        public let expiresAt: Int?
        /// To the minute.
        public let lastUsedAt: Int?
        /// When the key before this one dies, where it still lives.
        public let previousUntil: Int?

        public init(
            serviceName: String,
            prefix: String,
            roles: [String],
            scopes: [String]?,
            createdAt: Int,
            rotatedAt: Int?,
            expiresAt: Int?,
            lastUsedAt: Int?,
            previousUntil: Int?
        ) {
            self.serviceName = serviceName
            self.prefix = prefix
            self.roles = roles
            self.scopes = scopes
            self.createdAt = createdAt
            self.rotatedAt = rotatedAt
            self.expiresAt = expiresAt
            self.lastUsedAt = lastUsedAt
            self.previousUntil = previousUntil
        }

        enum CodingKeys: String, CodingKey {
            case prefix, roles, scopes
            case serviceName = "service_name"
            case createdAt = "created_at"
            case rotatedAt = "rotated_at"
            case expiresAt = "expires_at"
            case lastUsedAt = "last_used_at"
            case previousUntil = "previous_until"
        }
    }

    public struct KeyList: Codable, Sendable, Equatable {
        public let keys: [KeyDescription]
        public init(keys: [KeyDescription]) { self.keys = keys }
    }

    public struct KeyToVerify: Codable, Sendable {
        public let apiKey: String
        public init(apiKey: String) { self.apiKey = apiKey }

        enum CodingKeys: String, CodingKey { case apiKey = "api_key" }
    }

    public struct KeyVerdict: Codable, Sendable, Equatable {
        public let active: Bool
        public let serviceName: String?
        public let roles: [String]
        public let scopes: [String]?
        /// Under what it may be held; nil where it is to be asked for each time.
        public let standing: Standing?

        public init(
            active: Bool,
            serviceName: String?,
            roles: [String],
            scopes: [String]?,
            standing: Standing? = nil
        ) {
            self.active = active
            self.serviceName = serviceName
            self.roles = roles
            self.scopes = scopes
            self.standing = standing
        }

        /// Unknown, expired and revoked keys look alike.
        public static let inactive = KeyVerdict(active: false, serviceName: nil, roles: [], scopes: nil)

        enum CodingKeys: String, CodingKey {
            case active, roles, scopes, standing
            case serviceName = "service_name"
        }
    }
}
