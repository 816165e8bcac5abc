// What requests are held to beyond their shape, for those whose fields have no types of their own. The gateway checks it before it calls, and
// /openapi.json says it; the services check it all the same, since peers do not pass the gateway.

public import Bus

extension AuditQuery: SchemaRefining {
    /// How many entries one answer holds.
    public static let limits = 1...1000

    public static func refine(_ schema: inout JSONSchema) {
        schema.bound("limit", from: limits.lowerBound, to: limits.upperBound)
        schema.bound("after", from: 0)
    }
}

extension KMS.KeyCreation: SchemaRefining {
    /// Ten years.
    public static let lifetimes = 1...10 * 366 * 86_400

    public static func refine(_ schema: inout JSONSchema) {
        schema.bound("expires_in", from: lifetimes.lowerBound, to: lifetimes.upperBound)
    }
}

extension KMS.KeyRotation: SchemaRefining {
    /// Up to a week.
    public static let overlaps = 0...7 * 86_400

    public static func refine(_ schema: inout JSONSchema) {
        schema.bound("overlap_seconds", from: overlaps.lowerBound, to: overlaps.upperBound)
    }
}

extension TwoFactorOperations.ContactRequest: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) {
        let word = "[!#-'*+/0-9=?A-Z^-~-]"
        schema.spell("email", 3...254, "^(\(word)|\\.){1,64}@\(word)+(\\.\(word)+)*$")
        schema.spell("phone", 9...16, "^\\+[1-9][0-9]{7,14}$")
    }
}

extension SearchRequest: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) { schema.bound("num_typos", from: 0, to: 2) }
}

extension SyncDocuments: SchemaRefining {
    /// So many documents at most are written by hand in one call.
    public static let counts = 1...1000

    public static func refine(_ schema: inout JSONSchema) { schema.count("documents", counts) }
}

extension ListElements: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) { schema.bound("from", from: 1) }
}

extension ReorderElements: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) {
        schema.count("elementIds", 1...MoveElement.maximumCount)
        schema.count("newOrder", 1...MoveElement.maximumCount)
    }
}

extension MoveElement: SchemaRefining {
    /// So many elements move at most in one request.
    public static let maximumCount = 10_000

    public static func refine(_ schema: inout JSONSchema) {
        schema.bound("count", from: 1, to: maximumCount)
        schema.bound("to", from: 1)
    }
}

extension CreateElement: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) { schema.bound("at", from: 1) }
}
