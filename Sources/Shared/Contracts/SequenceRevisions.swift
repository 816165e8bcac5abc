// The condition of a change: do it only if this is the present revision still. One number, or a list of them, which is what `If-Match` of
// RFC 9110 says; a list without any is met by nobody.

public import Bus

/// Which revision has to be the present one. On the wire a number, or a list of at most `maximum`; what is not met
/// answers 412 `precondition_failed`.
public struct RevisionCondition: Sendable, Hashable {
    /// So many in one condition at most.
    public static let maximum = 64

    /// One of them has to be the present one; none of an empty list ever is.
    public let revisions: [UInt64]

    /// Met by this revision alone.
    public init(_ revision: UInt64) { revisions = [revision] }

    /// True where `present` is one of `revisions`.
    public func isMet(by present: UInt64) -> Bool { revisions.contains(present) }
}

extension RevisionCondition: Codable, SchemaProviding {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(UInt64.self) {
            revisions = [one]
        } else {
            revisions = try container.decode([UInt64].self)
        }
        guard revisions.count <= Self.maximum else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "must name \(Self.maximum) revisions at most"
            )
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if revisions.count == 1 {
            try container.encode(revisions[0])
        } else {
            try container.encode(revisions)
        }
    }

    public static var schema: JSONSchema {
        var schema = JSONSchema(.integer, .array)
        schema.minimum = 0
        schema.items = Boxed(.integer(0...Int.max))
        schema.maxItems = maximum
        schema.description = "The revision that has to be the present one, or several of which one has to be"
        return schema
    }

    public static let sample = RevisionCondition(1)
}

extension RevisionCondition: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt64) { self.init(value) }
}
