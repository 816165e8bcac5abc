// What goes in and out of the KMS about accounts and tokens. Times are Unix seconds; durations are seconds.

extension KMS {
    /// What `KMS.register` is asked.
    public struct Registration: Codable, Sendable {
        /// The name to log in with; a name once given out, also of a deleted account, answers `conflict`.
        public let username: Username
        /// Stored as a hash with a salt of its own; the common ones are refused.
        public let password: NewPassword
        /// Beyond `user`: for the first account where the topology says `open`, with an admin token, or asked for by an administrator.
        public let roles: Roles?
        /// The one-time token that `fountain admin bootstrap` has printed.
        public let adminToken: String?

        /// Without `roles` the account is a `user`.
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

    /// A sentence for people, where an operation has nothing else to say. Programs look at the status.
    public struct Message: Codable, Sendable, Equatable {
        /// English.
        public let message: String
        package init(message: String) { self.message = message }
    }

    /// What `KMS.login` is asked.
    public struct Credentials: Codable, Sendable {
        /// Of the account to log in to; letter case does not count.
        public let username: Username
        /// Compared as it was sent: neither trimmed nor normalised.
        public let password: Password
        /// A refresh token of an earlier login, good or spent: it shows that this client has been let in before, so that its attempts
        /// are counted apart from those of strangers, who may be exhausting theirs to keep the owner out.
        public let knownBy: String?

        /// Clients that have kept a refresh token say so with `knownBy`.
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

    /// A session's tokens, answered by `KMS.login` and `KMS.refresh`. Both are secrets.
    public struct Tokens: Codable, Sendable, Equatable {
        /// A JWT signed with Ed25519 (RFC 7519, RFC 8037); `KMS.jwks` has the keys.
        public let accessToken: String
        /// Always `bearer`.
        public let tokenType: String
        /// Seconds until the access token expires.
        public let expiresIn: Int
        /// Opaque, and good for one `KMS.refresh`.
        public let refreshToken: String

        package init(accessToken: String, expiresIn: Int, refreshToken: String) {
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

    /// What `KMS.refresh` is asked.
    public struct RefreshRequest: Codable, Sendable {
        /// The newest of its session.
        public let refreshToken: String
        /// A refresh that was not answered may be sent again, within the grace.
        public init(refreshToken: String) { self.refreshToken = refreshToken }

        enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
    }

    /// What `KMS.logout` is asked.
    public struct LogoutRequest: Codable, Sendable {
        /// Needed where the request carries no access token; else it may name one more session of the same user.
        public let refreshToken: String?
        /// Without a refresh token the session of the request's access token ends.
        public init(refreshToken: String? = nil) { self.refreshToken = refreshToken }

        enum CodingKeys: String, CodingKey { case refreshToken = "refresh_token" }
    }

    /// What `KMS.changePassword` is asked.
    public struct PasswordChange: Codable, Sendable {
        /// A wrong one answers `bad_credentials` and is counted.
        public let currentPassword: Password
        /// Under the rules of registration.
        public let newPassword: NewPassword

        /// For the user of the request's token; there is no changing another's password.
        public init(currentPassword: Password, newPassword: NewPassword) {
            self.currentPassword = currentPassword
            self.newPassword = newPassword
        }

        enum CodingKeys: String, CodingKey {
            case currentPassword = "current_password"
            case newPassword = "new_password"
        }
    }

    /// An account by its name, in a path or a query.
    public struct UserName: Codable, Sendable {
        /// Of the account that an administrator shows, disables, enables or deletes.
        public let username: Username
        /// An account that is not there is the service's to refuse.
        public init(username: Username) { self.username = username }
    }

    /// What `KMS.setRoles` is asked.
    public struct RoleAssignment: Codable, Sendable {
        /// Of the account whose roles are set.
        public let username: Username
        /// All that it has afterwards, and `user`, which every account has; the ones left out are taken away.
        public let roles: Roles

        /// Both are needed.
        public init(username: Username, roles: Roles) {
            self.username = username
            self.roles = roles
        }
    }

    /// An account as administrators see it.
    public struct User: Codable, Sendable, Equatable {
        /// In lower case, as it is kept.
        public let username: String
        /// Sorted, without repetition.
        public let roles: [String]
        /// True where an administrator has barred it: its logins and tokens are refused.
        public let disabled: Bool
        /// Unix seconds.
        public let createdAt: Int

        package init(username: String, roles: [String], disabled: Bool, createdAt: Int) {
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

    /// Which page of the accounts an administrator wants to see.
    public struct UserQuery: Codable, Sendable, Equatable {
        /// Answer what comes behind this name; the `next` of the page before.
        public let after: Username?
        /// 1 to 1000, 100 where absent.
        public let limit: PageLimit?

        /// Without `after`: from the first name.
        public init(after: Username? = nil, limit: PageLimit? = nil) {
            self.after = after
            self.limit = limit
        }
    }

    /// A page of accounts.
    public struct UserList: Codable, Sendable, Equatable {
        /// In the order of their names, at most `limit`. Deleted ones are not among them.
        public let users: [User]
        /// What to send as `after` for the next page; absent on the last.
        public let next: String?

        package init(users: [User], next: String? = nil) {
            self.users = users
            self.next = next
        }
    }
}
