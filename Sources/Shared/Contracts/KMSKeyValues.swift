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

    /// What `KMS.createKey` is asked.
    public struct KeyCreation: Codable, Sendable {
        /// The name that the key stands for; one that has a key already answers `conflict`.
        public let serviceName: ServiceName
        /// The key itself, where it exists elsewhere; left out, one is made at random, which is the better choice.
        public let apiKey: ChosenKey?
        /// The default is `user`.
        public let roles: Roles?
        /// The operations that the key may call; left out: all that its roles allow.
        public let scopes: [Scope]?
        /// Seconds until the key expires; left out: never.
        public let expiresIn: Int?

        /// Only the name is needed: then the key is made, is a `user`'s, and never expires.
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

    /// An API key by the service it is for.
    public struct KeyName: Codable, Sendable {
        /// Letter case counts.
        public let serviceName: ServiceName
        /// A key that is not there answers `not_found`.
        public init(serviceName: ServiceName) { self.serviceName = serviceName }

        enum CodingKeys: String, CodingKey { case serviceName = "service_name" }
    }

    /// What `KMS.rotateKey` is asked.
    public struct KeyRotation: Codable, Sendable {
        /// Of the key to replace.
        public let serviceName: ServiceName
        /// How long the old key lives on: 0 (the default) for a leak, up to 7 days for a planned change.
        public let overlapSeconds: Int?

        /// Without an overlap the old key is refused from then on.
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
        /// The name that the key stands for.
        public let serviceName: String
        /// In full, for the only time; afterwards only its prefix is known.
        public let apiKey: String

        package init(serviceName: String, apiKey: String) {
            self.serviceName = serviceName
            self.apiKey = apiKey
        }

        enum CodingKeys: String, CodingKey {
            case serviceName = "service_name"
            case apiKey = "api_key"
        }
    }

    /// An API key as administrators see it.
    public struct KeyDescription: Codable, Sendable, Equatable {
        /// The name that the key stands for.
        public let serviceName: String
        /// The first characters of the key in force.
        public let prefix: String
        /// Sorted, without repetition.
        public let roles: [String]
        /// Operations that it may call; `nil`: all that its roles allow.
        public let scopes: [String]?
        /// Unix seconds.
        public let createdAt: Int
        /// Of the last rotation, in Unix seconds; `nil` before the first.
        public let rotatedAt: Int?
        /// Unix seconds; `nil` for a key that never expires.
        public let expiresAt: Int?
        /// To the minute.
        public let lastUsedAt: Int?
        /// When the key before this one dies, where it still lives.
        public let previousUntil: Int?

        package init(
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

    /// All API keys.
    public struct KeyList: Codable, Sendable, Equatable {
        /// Without the keys themselves.
        public let keys: [KeyDescription]
        package init(keys: [KeyDescription]) { self.keys = keys }
    }

    /// What the gateway asks of a key that came with a request.
    public struct KeyToVerify: Codable, Sendable {
        /// As it came, whatever its shape.
        public let apiKey: String
        package init(apiKey: String) { self.apiKey = apiKey }

        enum CodingKeys: String, CodingKey { case apiKey = "api_key" }
    }

    /// Whom an API key stands for, and what it may do.
    public struct KeyVerdict: Codable, Sendable, Equatable {
        /// False for a key that is refused; then nothing else is said.
        public let active: Bool
        /// The subject of the calls that are made with it.
        public let serviceName: String?
        /// Sorted; empty where it is not active.
        public let roles: [String]
        /// Operations that it may call; `nil`: all that its roles allow.
        public let scopes: [String]?
        /// Under what it may be held; nil where it is to be asked for each time.
        public let standing: Standing?

        package init(
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
