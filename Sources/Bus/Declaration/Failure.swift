// A coded error as it is thrown, carried over the bus and shown at the edge.
//
// Handlers throw it, callers catch it; it is the same value on both sides. It refuses to carry secrets or the text of foreign errors:
// whatever else a handler throws becomes `internal`, logged where it happened and nowhere else.

/// What a handler throws and a caller catches; at the edge an `application/problem+json` (RFC 9457).
public struct Failure: Error, Codable, Sendable, Equatable {
    /// One field of the input and what is wrong with it.
    public struct Field: Codable, Sendable, Equatable {
        /// Where, dotted from the root: `elementIds.0`.
        public let field: String
        /// What is wrong, as a clause that follows the field's name: `must be at least 1`.
        public let problem: String

        /// A field's dotted path and the clause that follows it.
        public init(_ field: String, _ problem: String) {
            self.field = field
            self.problem = problem
        }
    }

    /// What would satisfy the operation, for an RFC 9470 challenge.
    public struct Challenge: Codable, Sendable, Equatable {
        /// The `acr` that a token must have, as in the challenge's `acr_values`.
        public let acrValues: String
        /// Seconds since the factor was verified.
        public let maxAge: Int?

        /// `maxAge` is `nil` where the factor's age does not matter.
        public init(acrValues: String, maxAge: Int? = nil) {
            self.acrValues = acrValues
            self.maxAge = maxAge
        }
    }

    /// One reference instead of the parts: a result that may be a failure is moved several times on the way of every call.
    private final class Parts: Codable, Sendable {
        let code: ErrorCode
        let detail: String
        let fields: [Field]?
        let retryAfter: Int?
        let challenge: Challenge?
        let firstOffset: UInt64?
        let revision: UInt64?
        let position: LogPosition?

        init(
            _ code: ErrorCode,
            _ detail: String,
            _ fields: [Field]?,
            _ retryAfter: Int?,
            _ challenge: Challenge?,
            _ firstOffset: UInt64?,
            _ revision: UInt64?,
            _ position: LogPosition?
        ) {
            (self.code, self.detail, self.fields, self.retryAfter) = (code, detail, fields, retryAfter)
            (self.challenge, self.firstOffset) = (challenge, firstOffset)
            (self.revision, self.position) = (revision, position)
        }
    }

    private let parts: Parts

    /// What a program branches on.
    public var code: ErrorCode { parts.code }
    /// What happened here and what to do about it. For people; may change.
    public var detail: String { parts.detail }
    /// With `invalid_request` and `conflict`: which parts of the input are to blame.
    public var fields: [Field]? { parts.fields }
    /// Seconds after which it makes sense to try again.
    public var retryAfter: Int? { parts.retryAfter }
    /// With `insufficient_user_authentication`: what a token would have to show.
    public var challenge: Challenge? { parts.challenge }
    /// With `gone`: the first offset of the topic that is still there.
    public var firstOffset: UInt64? { parts.firstOffset }
    /// With `precondition_failed`: the present revision.
    public var revision: UInt64? { parts.revision }
    /// With `unavailable`, where a position of a log was to be reached first: how far it has come.
    public var position: LogPosition? { parts.position }

    /// The `code` and a `detail` for people are enough; the other parts belong to the codes that they name.
    public init(
        _ code: ErrorCode,
        _ detail: String,
        fields: [Field]? = nil,
        retryAfter: Int? = nil,
        challenge: Challenge? = nil,
        firstOffset: UInt64? = nil,
        revision: UInt64? = nil,
        position: LogPosition? = nil
    ) {
        parts = Parts(code, detail, fields, retryAfter, challenge, firstOffset, revision, position)
    }

    /// - Throws: Where `code` or `detail` is missing, or a part is of another type.
    public init(from decoder: any Decoder) throws {
        parts = try Parts(from: decoder)
    }

    /// The parts that are there, each under its name.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try parts.encode(to: encoder)
    }

    /// Whether all parts are equal.
    ///
    /// - Returns: `true` also where both came over the bus by themselves.
    public static func == (one: Failure, other: Failure) -> Bool {
        one.code == other.code && one.detail == other.detail && one.fields == other.fields
            && one.retryAfter == other.retryAfter && one.challenge == other.challenge
            && one.firstOffset == other.firstOffset && one.revision == other.revision && one.position == other.position
    }

    /// `invalid_request` about one field.
    public static func invalid(_ field: String, _ problem: String) -> Failure {
        Failure(.invalidRequest, "\(field) \(problem)", fields: [Field(field, problem)])
    }
}

extension Failure: CustomStringConvertible {
    /// For logs: the code, what happened, and the fields that are to blame.
    public var description: String {
        "\(code.name): \(detail)" + (fields.map { " (\($0.map(\.field).joined(separator: ", ")))" } ?? "")
    }
}
