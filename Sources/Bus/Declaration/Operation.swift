// An operation, declared once: the value from which the bus routing, the gateway's route and checks and the OpenAPI entry all come.
//
//     public static let login = Operation<Credentials, Tokens>(
//         "kms.login", "Log in with a password", .post("/login"), access: .public, errors: [.badCredentials])
//
// The part of the name before the first dot is the service that answers. Input and output are Codable; their JSON Schemas are derived
// from the types (`SchemaRecorder`), never written by hand beside them.

/// An operation as it is declared: what routing, the gateway's checks and the OpenAPI entry are made of. It holds no
/// code.
public struct Operation<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// Unique on the bus, with the service in front: `kms.keys.rotate`. At the edge it is the `operationId`.
    public let name: String
    /// The service that answers: `kms` of `kms.keys.rotate`.
    public let service: String
    /// One line for people, in OpenAPI.
    public let summary: String
    /// Where it is at the edge; `nil` for one that only peers call.
    public let route: Route?
    /// The HTTP status of an answer, 2xx; 204 has no body.
    public let success: Int
    /// Who may call it. The bus checks it before the handler runs.
    public let access: Access
    /// Whether a verified one-time password is asked for as well.
    public let stepUp: StepUp
    /// True where doing it twice is the same as doing it once, so that the bus may retry it.
    public let isIdempotent: Bool
    /// Where it differs from the topology's defaults.
    public let limits: Limits
    /// Codes that it may answer beside `ErrorCode.common`, for OpenAPI.
    public let errors: [ErrorCode]
    /// What of its input and output is a header field at the edge.
    public let headers: HeaderMembers?
    /// Whether its lists may be JSON lines at the edge.
    public let lines: LineMembers?

    /// Declares an operation; see the properties for what each part means.
    public init(
        _ name: String,
        _ summary: String,
        _ route: Route? = nil,
        success: Int = 200,
        access: Access,
        stepUp: StepUp = .never,
        isIdempotent: Bool = false,
        limits: Limits = Limits(),
        errors: [ErrorCode] = [],
        headers: HeaderMembers? = nil,
        lines: LineMembers? = nil
    ) {
        self.name = name
        service = serviceName(ofOperation: name)
        self.summary = summary
        self.route = route
        self.success = success
        self.access = access
        self.stepUp = stepUp
        self.isIdempotent = isIdempotent
        self.limits = limits
        self.errors = errors
        self.headers = headers
        self.lines = lines
    }
}

/// The service part of an operation's name.
package func serviceName(ofOperation name: some StringProtocol) -> String {
    // By bytes: finding where characters end costs more than the rest of a call's bookkeeping.
    String(decoding: name.utf8.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
}

/// Where an operation appears at the edge, below its service's prefix.
public struct Route: Codable, Sendable, Hashable {
    /// In capitals: `GET`.
    public let method: String
    /// `/keys/{service_name}`; a name in braces is an input field.
    public let path: String

    /// A method and a path below the service's prefix.
    public init(_ method: String, _ path: String) {
        self.method = method
        self.path = path
    }

    /// The input comes from the path and the query.
    public static func get(_ path: String) -> Route { Route("GET", path) }
    /// The input comes from the path and the body.
    public static func post(_ path: String) -> Route { Route("POST", path) }
    /// The input comes from the path and the body.
    public static func put(_ path: String) -> Route { Route("PUT", path) }
    /// The input comes from the path and the query.
    public static func delete(_ path: String) -> Route { Route("DELETE", path) }
}

/// Whether a verified one-time password is asked for (RFC 9470).
public enum StepUp: String, Codable, Sendable {
    /// A token as it came from a login is enough.
    case never
    /// Asked of users who have a second factor; in production topologies the administration asks it of all.
    case ifEnrolled = "if_enrolled"
    /// Asked of everybody; who has no second factor cannot call it.
    case always
}

/// The numbers an operation is held to. `nil` means the topology's default.
public struct Limits: Codable, Sendable, Hashable {
    /// Of a request's body at the edge; more than the topology allows has no effect.
    public let maxBodyBytes: Int?
    /// What the edge gives a call before it answers `deadline_exceeded`; more than the topology allows has no effect.
    public let timeoutMilliseconds: Int?
    /// Seconds that a client may keep the answer (`Cache-Control: max-age`).
    public let cacheSeconds: Int?

    /// What is left out is the topology's to say.
    public init(maxBodyBytes: Int? = nil, timeoutMilliseconds: Int? = nil, cacheSeconds: Int? = nil) {
        self.maxBodyBytes = maxBodyBytes
        self.timeoutMilliseconds = timeoutMilliseconds
        self.cacheSeconds = cacheSeconds
    }
}

/// The input or output of an operation that has none. On the wire: `{}` in, and out a payload of no bytes (HTTP 204).
public struct Empty: Codable, Sendable, Equatable {
    /// There is only one.
    public init() {}
}
