// What our collection is called in Typesense, and how we know it again.
//
//     name     fountainai_elements                           the topology's prefix and name; fountainai_elements.2 of a second replica
//     mark     _fountain_fountainai_9f86d081884c7d65         a field: whose it is, and which one of theirs
//
// A field, because collections carry no metadata before Typesense 26. A collection without our mark is somebody else's whatever its name:
// it is never dropped, changed or shown.

import Bus

package struct TypesenseNames: Sendable, Equatable {
    /// What users call the collection.
    package let collection: String
    /// What Typesense calls it.
    package let stored: String
    private let markPrefix: String

    package init(
        collection: String,
        prefix: String,
        ecosystem: String,
        replica: Int = 1,
        side: IndexSide = .first
    ) {
        self.collection = collection
        stored = side.name(prefix + collection + (replica == 1 ? "" : ".\(replica)"))
        markPrefix = "_fountain_\(ecosystem)_"
    }

    /// Of a producer's collection. No name in a topology has a point, so none of ours has two meanings.
    init(producers collection: String, prefix: String, ecosystem: String) {
        self.collection = collection
        stored = "\(prefix)own.\(collection)"
        markPrefix = "_fountain_\(ecosystem)_"
    }

    /// The field that marks a collection of that generation as ours.
    func mark(_ generation: String) -> String { markPrefix + generation }

    /// A new name for an index: 64 random bits.
    static func newGeneration() -> String {
        let digits = String(UInt64.random(in: 0...(.max)), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The generation of a collection of ours; `nil` for a foreign one.
    func generation(of fields: [String]) -> String? {
        for field in fields where field.utf8.starts(with: markPrefix.utf8) {
            let rest = field.utf8.dropFirst(markPrefix.utf8.count)
            if rest.count == 16, rest.allSatisfy("0123456789abcdef".utf8.contains) { return String(Substring(rest)) }
        }
        return nil
    }

    /// What to say where a foreign collection has our name.
    func foreign(_ name: String) -> Failure {
        Failure(
            .conflict,
            """
            Typesense has a collection "\(name)" that is not this ecosystem's. It was not touched. Name another with \
            search.collection or search.prefix in the topology, or move that one out of the way.
            """
        )
    }
}
