// Building the index anew beside the one that is shown (ADR 0051).

public import Bus

extension SearchOperations {
    /// Begins it; one that goes on already is joined.
    public static let reindex = Operation<Reindex, ReindexStatus>(
        "typesense_client.reindex",
        "Build the index anew beside the one that is shown",
        .post("/documents/reindex"),
        success: 202,
        access: .role("admin"),
        isIdempotent: true
    )

    /// Goes on answering while the service builds; where none is being built, what the last one left.
    public static let reindexStatus = Operation<Empty, ReindexStatus>(
        "typesense_client.reindex.status",
        "Say how far the building of another index is",
        .get("/documents/reindex"),
        access: .role("admin"),
        isIdempotent: true
    )
}

/// What an index is built from.
public enum ReindexOrigin: String, Codable, CaseIterable, Sendable, SchemaProviding {
    /// All changes, from the first; where some are gone, the present state. Killed, it goes on where it was.
    case log
    /// What Service A has now. Killed, it begins again.
    case present
}

/// How to build.
public struct Reindex: Codable, Sendable, Equatable {
    /// `log` where absent.
    public let from: ReindexOrigin?

    /// Without arguments from the log.
    public init(from: ReindexOrigin? = nil) { self.from = from }
}

/// How far it is.
public struct ReindexStatus: Codable, Sendable, Equatable {
    /// From the moment it was asked for until the other index is shown.
    public let isRunning: Bool
    /// Changes, or documents of the present state, that are in it.
    public let done: Int
    /// So many there were as it began, as far as that is known.
    public let goal: Int
    /// How often an index has taken another's place so far.
    public let swaps: Int

    package init(isRunning: Bool, done: Int, goal: Int, swaps: Int) {
        (self.isRunning, self.done, self.goal, self.swaps) = (isRunning, done, goal, swaps)
    }

    private enum CodingKeys: String, CodingKey {
        case done, goal, swaps
        case isRunning = "is_running"
    }
}
