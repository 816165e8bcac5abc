// Whether the index is what its source says: asked, answered, and put right.

public import Bus

extension SearchOperations {
    /// Holds the index against Service A, range by range, and puts right what differs. It goes on while others write and search.
    public static let verify = Operation<VerifyIndex, IndexVerdict>(
        "typesense_client.verify",
        "Compare the index with its source, and put right what differs",
        .post("/documents/verify"),
        access: .role("admin"),
        isIdempotent: true
    )
}

/// How to look.
public struct VerifyIndex: Codable, Sendable, Equatable {
    /// False: only say what differs.
    public let repair: Bool?

    /// Without arguments it repairs.
    public init(repair: Bool? = nil) { self.repair = repair }
}

/// What was found.
public struct IndexVerdict: Codable, Sendable, Equatable {
    /// A document that is not what its source says.
    public struct Difference: Codable, Sendable, Equatable {
        /// On which side it is wrong.
        public enum Kind: String, Codable, CaseIterable, Sendable, SchemaProviding {
            /// The source has it, the index does not.
            case missing
            /// The index has it, the source does not.
            case surplus
            /// Both have it, and not the same version, text or place.
            case other
        }

        /// Of the document, as in `SearchDocument.id`.
        public let id: String
        /// As it was found, before it was repaired.
        public let kind: Kind

        package init(id: String, kind: Kind) {
            self.id = id
            self.kind = kind
        }
    }

    /// Elements of the source that were compared.
    public var compared: Int
    /// Documents that were not what the source says.
    public var differences: Int
    /// The first of them by name.
    public var named: [Difference]
    /// How many of them are right now.
    public var repaired: Int

    package init(compared: Int = 0, differences: Int = 0, named: [Difference] = [], repaired: Int = 0) {
        self.compared = compared
        self.differences = differences
        self.named = named
        self.repaired = repaired
    }
}
