// Who may call an operation, and the one function that decides it.
//
// A call either acts for a principal (a user or API key that the gateway has authenticated) or for the calling peer itself. Principals
// are held to `access` here; what a peer may do by itself is the topology's grants, checked before this.

/// Which principals may call an operation or follow a topic. What peers may do by themselves is the topology's to say.
public enum Access: Sendable, Hashable {
    /// Anybody, with or without a token.
    case `public`
    /// Anybody; whoever sends a token is known by it also after its end, as nobody but its holder: no roles, no second factor. For operations
    /// that end what a token stands for.
    case holder
    /// Any authenticated principal.
    case user
    /// A principal that has the role.
    case role(String)
    /// Only peers of the bus, never a principal; such an operation has no route.
    case peer
}

/// On the wire: `public`, `holder`, `user`, `role:admin`, `peer`.
extension Access: RawRepresentable, Codable {
    /// From its spelling on the wire; `nil` for a word that is none of the five.
    public init?(rawValue: String) {
        switch rawValue {
        case "public": self = .public
        case "holder": self = .holder
        case "user": self = .user
        case "peer": self = .peer
        default:
            let mark = "role:".utf8
            guard rawValue.utf8.starts(with: mark) else { return nil }
            self = .role(String(Substring(rawValue.utf8.dropFirst(mark.count))))
        }
    }

    public var rawValue: String {
        switch self {
        case .public: "public"
        case .holder: "holder"
        case .user: "user"
        case .role(let role): "role:\(role)"
        case .peer: "peer"
        }
    }
}

extension Access {
    /// Whether nobody has to say who he is.
    public var isOpen: Bool { self == .public || self == .holder }

    /// Decides for a principal, or for a peer that acts by itself (`nil`).
    ///
    /// - Throws: `Failure` with `forbidden`.
    package func check(_ principal: Principal?, operation: String) throws(Failure) {
        guard let principal else { return }
        switch self {
        case .public, .holder: return
        case .user: try principal.requireScope(operation)
        case .role(let role):
            try principal.requireScope(operation)
            guard principal.roles.contains(role) else { throw Failure(.forbidden, "This needs the role \"\(role)\".") }
        case .peer: throw Failure(.forbidden, "Only services of the ecosystem may call this.")
        }
    }
}

extension Principal {
    /// A key with scopes may call only what they name; `kms.*` names all that begins with `kms.`.
    fileprivate func requireScope(_ operation: String) throws(Failure) {
        guard let scopes else { return }
        let isNamed = scopes.contains { scope in
            Grant(scope).covers(operation)
        }
        guard isNamed else { throw Failure(.forbidden, "This key's scopes do not include \"\(operation)\".") }
    }
}
