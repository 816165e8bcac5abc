// Where Typesense is and how it is spoken to. Printed without the key.

package struct TypesenseConfiguration: Sendable {
    /// `http://127.0.0.1:8108`; all nodes of one cluster, the nearest first, without a slash at the end.
    package var nodes: [String]
    /// How long a node that failed is not asked while others are left.
    package var nodeRest: Duration = .seconds(10)
    /// A key that may do everything with the collection.
    package var apiKey: String
    /// One that may search these collections and nothing else: searches go under keys that are derived from it (`ScopedSearchKey`).
    package var searchKey: String?
    /// The collection is this engine's alone: it makes and marks it, and empties it where it cannot trust it.
    package var names: TypesenseNames
    /// So many documents go into one import at most; Typesense gains nothing past this.
    package var importSize = 1000
    /// An import that is cut off by a short timeout is sent again and makes a slow server slower.
    package var importTimeout: Duration = .seconds(600)
    package var timeout: Duration = .seconds(5)

    package init(nodes: [String], apiKey: String, names: TypesenseNames) {
        self.nodes = nodes
        self.apiKey = apiKey
        self.names = names
    }
}

extension TypesenseConfiguration: CustomStringConvertible, CustomReflectable {
    package var description: String { "Typesense \(names.stored) at \(nodes.joined(separator: ", "))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
