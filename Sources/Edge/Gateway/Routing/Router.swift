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
    }

    private struct Node: Sendable {
        /// By what follows, the node that it leads to.
        var literals: [String: Int] = [:]
        var parameter: String?
        var beyondParameter: Int?
        var operations: [String: MountedOperation] = [:]
    }

    /// Where a path leads: the operations there, and what stands for their parameters.
    private struct Place {
        let node: Int
        let values: [String]
    }

    /// The first is the root. Side by side, so that walking the tree copies no node.
    private var nodes = [Node()]
    private(set) var operations: [MountedOperation] = []

    mutating func insert(_ mounted: MountedOperation) throws(Conflict) {
        var node = 0
        for segment in mounted.template.segments { node = try next(from: node, by: segment) }
        if let other = nodes[node].operations[mounted.method] { throw .taken(by: other.description.name) }
        nodes[node].operations[mounted.method] = mounted
        operations.append(mounted)
    }

    private mutating func next(from node: Int, by segment: PathTemplate.Segment) throws(Conflict) -> Int {
        switch segment {
        case .literal(let word):
            if let next = nodes[node].literals[word] { return next }
            nodes[node].literals[word] = nodes.count
        case .parameter(let name):
            if let other = nodes[node].parameter, other != name { throw .otherName(other) }
            if let next = nodes[node].beyondParameter { return next }
            (nodes[node].parameter, nodes[node].beyondParameter) = (name, nodes.count)
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    /// The operations at a path, the best match of each method.
    func matches(_ segments: ArraySlice<String>) -> [String: Match] {
        var places: [Place] = []
        collect(segments, 0, [], &places)
        var found: [String: Match] = [:]
        for place in places {
            for (method, mounted) in nodes[place.node].operations where found[method] == nil {
                found[method] = Match(mounted: mounted, values: place.values)
            }
        }
        return found
    }

    private func collect(_ segments: ArraySlice<String>, _ node: Int, _ values: [String], _ places: inout [Place]) {
        guard let segment = segments.first else {
            places.append(Place(node: node, values: values))
            return
        }
        if let next = nodes[node].literals[segment] { collect(segments.dropFirst(), next, values, &places) }
        // An empty segment is a slash too many, not a parameter.
        if let next = nodes[node].beyondParameter, !segment.isEmpty {
            collect(segments.dropFirst(), next, values + [segment], &places)
        }
    }
}
