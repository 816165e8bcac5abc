// Every code that an answer at the edge may have, once: what `/problems` lists, what each `type` leads to, and what OpenAPI names.

internal import Bus

enum ErrorTable {
    /// The bus's, the gateway's, Caddy's; then those that the operations declare, in the order of their names.
    static func codes(of operations: [MountedOperation]) -> [ErrorCode] {
        let known = ErrorCode.common + gateway
        var seen = Set(known.map(\.name))
        let declared = operations.flatMap(\.description.errors).sorted { $0.name < $1.name }
        return known + declared.filter { seen.insert($0.name).inserted }
    }

    /// Those that have no operation: said by the gateway, or by Caddy in its place (`bad_gateway`).
    static let gateway: [ErrorCode] = [
        .requestTimeout, .targetTooLong, .unsupportedVersion, .misdirected, .headersTooLarge, .notAcceptable,
        .keyInFlight, .badGateway, .preconditionRequired,
    ]
}

extension ErrorCode {
    static let requestTimeout = ErrorCode("request_timeout", status: 408, title: "The request did not come in time")
    static let targetTooLong = ErrorCode("target_too_long", status: 414, title: "The request target is too long")
    static let unsupportedVersion = ErrorCode("unsupported_version", status: 505, title: "Not this version of HTTP")
    static let misdirected = ErrorCode("misdirected", status: 421, title: "The request is not for this gateway")
    static let headersTooLarge = ErrorCode("headers_too_large", status: 431, title: "The headers are too large")
    static let notAcceptable = ErrorCode("not_acceptable", status: 406, title: "There is no such form of the answer")
    static let keyInFlight = ErrorCode(
        "idempotency_key_in_flight",
        status: 409,
        title: "A request with this idempotency key is being done"
    )
    /// Where the topology asks for conditions (`gateway.require_conditions`).
    static let preconditionRequired = ErrorCode(
        "precondition_required",
        status: 428,
        title: "Say which state this is to change"
    )
    static let badGateway = ErrorCode("bad_gateway", status: 502, title: "The gateway broke off")

    /// Where it is explained; from the origin's root, so that it leads there wherever it is read.
    var page: String { "/problems/\(name)" }
}
