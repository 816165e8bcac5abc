// The routes of one service as a tree of segments. A pure value.
//
//     (root) ─ keys ─ {service_name}          GET, DELETE
//                          └─ rotate          POST
//
// Literal segments win over parameters; where the literal branch leads nowhere, the parameter's is tried. Every node is visited at most
// once a request, so hostile paths cost no more than the tree is large.

internal import Bus

struct Router: Sendable {
    enum Conflict: Error, Equatable {
        /// Another operation has this method and path.
        case taken(by: String)
        /// Another operation calls the parameter at this place by another name: one path, two descriptions.
        case otherName(String)
    }

    struct Match: Sendable {
        let mounted: MountedOperation
        /// The decoded segments that stand for parameters, in the order of the template.
        let values: [String]

        /// Whether each could be a value of the kind that its parameter is.
        var fits: Bool {
            zip(mounted.template.parameters, values).allSatisfy { name, text in
                guard let schema = mounted.description.input.properties?[name] else { return true }
                return (try? Parameter.value([text], schema)) != nil
            }
        }
    }

    private struct Node: Sendable {
        var literals: [String: Node] = [:]
        var parameter: String?
        /// What follows the parameter: none or one element, since a struct cannot hold itself.
        var beyondParameter: [Node] = []
        var operations: [String: MountedOperation] = [:]
    }

    private var root = Node()
    private(set) var operations: [MountedOperation] = []

    mutating func insert(_ mounted: MountedOperation) throws(Conflict) {
        try Self.insert(mounted, mounted.template.segments[...], &root)
        operations.append(mounted)
    }

    private static func insert(
        _ mounted: MountedOperation,
        _ segments: ArraySlice<PathTemplate.Segment>,
        _ node: inout Node
    ) throws(Conflict) {
        switch segments.first {
        case nil:
            if let other = node.operations[mounted.method] { throw .taken(by: other.description.name) }
            node.operations[mounted.method] = mounted
        case .literal(let word):
            try insert(mounted, segments.dropFirst(), &node.literals[word, default: Node()])
        case .parameter(let name):
            if let other = node.parameter, other != name { throw .otherName(other) }
            node.parameter = name
            if node.beyondParameter.isEmpty { node.beyondParameter = [Node()] }
            try insert(mounted, segments.dropFirst(), &node.beyondParameter[0])
        }
    }

    /// The operations at a path, the best match of each method.
    func matches(_ segments: ArraySlice<String>) -> [String: Match] {
        var found: [String: Match] = [:]
        Self.collect(segments, root, [], &found)
        return found
    }

    private static func collect(
        _ segments: ArraySlice<String>,
        _ node: Node,
        _ values: [String],
        _ found: inout [String: Match]
    ) {
        guard let segment = segments.first else {
            found.merge(node.operations.mapValues { Match(mounted: $0, values: values) }) { first, _ in first }
            return
        }
        if let next = node.literals[segment] { collect(segments.dropFirst(), next, values, &found) }
        // An empty segment is a slash too many, not a parameter.
        if let next = node.beyondParameter.first, !segment.isEmpty {
            collect(segments.dropFirst(), next, values + [segment], &found)
        }
    }
}
