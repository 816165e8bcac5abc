// What the Typesense Client may be told from outside: which engine it feeds, and in what portions.

extension Topology {
    /// Settings of the `typesense_client` service.
    package struct Search: Sendable, Equatable {
        package var engine = Engine.builtin
        package var collection = "elements"
        /// What stands before a collection's name in Typesense; the ecosystem's name and `_` where nothing is said.
        package var prefix: String?
        /// The file of a key of Typesense that may only search: searches go under keys derived from it, one a principal.
        package var searchKeyFile: String?
        /// How often the index is looked at while nobody writes.
        package var checkInterval = Duration.seconds(2)
        /// How often the index is held against its source, element by element, where that takes less than a fiftieth of the time.
        package var verifyInterval = Duration.seconds(60)
        /// Until a connection to Typesense stands.
        package var connectTimeout = Duration.seconds(2)
        /// So long Typesense may say nothing to a request before it counts as away.
        package var stallTimeout = Duration.seconds(5)
        /// Documents in one request to the engine, and elements in one page of the present state.
        package var batch = 1000
        /// The most hits that one search gives.
        package var maxHits = 250
        /// Matches of one search that are counted and held against each other; of more its answer says that there are more.
        package var maxFound = 2000
        /// How long a node of Typesense that failed is not asked while others are left.
        package var nodeRest = Duration.seconds(10)
        /// How long a search waits until the index has what its `Fountain-Offset` names.
        package var maxWait = Duration.seconds(2)
        /// Words that are compared with one that may be misspelt, at most.
        package var typoSteps = 20_000
        /// Words that are taken for one that may be misspelt, at most.
        package var typoWords = 100
        /// Collections that other producers may make.
        package var maxCollections = 100
        /// Fields of one of these.
        package var maxFields = 100
        /// Documents of one of these; those that were removed as of a revision count.
        package var maxDocuments = 1_000_000
        /// Bytes of one of their documents.
        package var documentSize = 32 << 10
        /// Documents of one import.
        package var maxImport = 1000

        package init() {}

        /// Where documents are indexed.
        package enum Engine: Sendable, Equatable {
            /// SQLite FTS5 in the data directory.
            case builtin
            /// The nodes of one cluster, the nearest first.
            case typesense(urls: [String], apiKeyFile: String)
        }
    }
}
