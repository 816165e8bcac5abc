// What goes in and out of the KMS about accounts and tokens. Times are Unix seconds; durations are seconds.

extension KMS {
    public struct Registration: Codable, Sendable {
        public let username: Username
        public let password: NewPassword
        /// Beyond `user`: for the first account where the topology says `open`, with an admin token, or asked for by an administrator.
        public let roles: Roles?
        /// The one-time token that `fountain admin bootstrap` has printed.
        public let adminToken: String?

        public init(username: Username, password: NewPassword, roles: Roles? = nil, adminToken: String? = nil) {
            self.username = username
            self.password = password
            self.roles = roles
            self.adminToken = adminToken
        }

        enum CodingKeys: String, CodingKey {
            case username, password, roles
            case adminToken = "admin_token"
        }
    }

    public struct Message: Codable, Sendable, Equatable {
        public let message: String
        public init(message: String) { self.message = message }
    }

    public struct Credentials: Codable, Sendable {
        public let username: Username
        public let password: Password
        /// A refresh token of an earlier login, good or spent: it shows that this client has been let in before, so that its attempts
        /// are counted apart from those of strangers, who may be exhausting theirs to keep the owner out.
        public let knownBy: String?

        public init(username: Username, password: Password, knownBy: String? = nil) {
            self.username = username
            self.password = password
            self.knownBy = knownBy
        }

        enum CodingKeys: String, CodingKey {
            case username, password
            case knownBy = "known_by"
        }
    }

    public struct Tokens: Codable, Sendable, Equatable {
        public let accessToken: String
        /// Always `bearer`.
        public let tokenType: String
        public let expiresIn: Int
        public let refreshToken: String

        public init(accessToken: String, expiresIn: Int, refreshToken: String) {
            self.accessToken = accessToken
            tokenType = "bearer"
            self.expiresIn = expiresIn
            self.refreshToken = refreshToken
        }

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case tokenType = "token_type"
            case expiresIn = "expires_in"
            case refreshToken = "refresh_token"
        }
    }

    public struct RefreshRequest: Codable, Sendable {
        public let refreshToken: String
        public init(refreshToken: String) { self.refreshToken = refreshToken }

        enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
    }

    public struct LogoutRequest: Codable, Sendable {
        public let refreshToken: String?
        public init(refreshToken: String? = nil) { self.refreshToken = refreshToken }

        enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
    }

    public struct PasswordChange: Codable, Sendable {
        public let currentPassword: Password
        public let newPassword: NewPassword

        public init(currentPassword: Password, newPassword: NewPassword) {
            self.currentPassword = currentPassword
            self.newPassword = newPassword
        }

        enum CodingKeys: String, CodingKey {
            case currentPassword = "current_password"
            case newPassword = "new_password"
        }
    }

    public struct UserName: Codable, Sendable {
        public let username: Username
        public init(username: Username) { self.username = username }
    }

    public struct RoleAssignment: Codable, Sendable {
        public let username: Username
        public let roles: Roles

        public init(username: Username, roles: Roles) {
            self.username = username
            self.roles = roles
        }
    }

    public struct User: Codable, Sendable, Equatable {
        public let username: String
        public let roles: [String]
        public let disabled: Bool
        public let createdAt: Int

        public init(username: String, roles: [String], disabled: Bool, createdAt: Int) {
            self.username = username
            self.roles = roles
            self.disabled = disabled
            self.createdAt = createdAt
        }

        enum CodingKeys: String, CodingKey {
            case username, roles, disabled
            case createdAt = "created_at"
        }
    }

    public struct UserList: Codable, Sendable, Equatable {
        public let users: [User]
        public init(users: [User]) { self.users = users }
    }
}
