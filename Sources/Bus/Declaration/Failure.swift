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

    /// What a program branches on.
    public let code: ErrorCode
    /// What happened here and what to do about it. For people; may change.
    public let detail: String
    /// With `invalid_request` and `conflict`: which parts of the input are to blame.
    public let fields: [Field]?
    /// Seconds after which it makes sense to try again.
    public let retryAfter: Int?
    /// With `insufficient_user_authentication`: what a token would have to show.
    public let challenge: Challenge?
    /// With `gone`: the first offset of the topic that is still there.
    public let firstOffset: UInt64?
    /// With `precondition_failed`: the present revision.
    public let revision: UInt64?
    /// With `unavailable`, where a position of a log was to be reached first: how far it has come.
    public let position: LogPosition?

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
        self.code = code
        self.detail = detail
        self.fields = fields
        self.retryAfter = retryAfter
        self.challenge = challenge
        self.firstOffset = firstOffset
        self.revision = revision
        self.position = position
    }

    /// `invalid_request` about one field.
    public static func invalid(_ field: String, _ problem: String) -> Failure {
        Failure(.invalidRequest, "\(field) \(problem)", fields: [Field(field, problem)])
    }
}
