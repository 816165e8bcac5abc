// The gateway's nodes on the bus, one a loop. Whoever runs on one of the loops uses that loop's own, so that a request neither changes threads
// nor waits for another loop; whoever comes from elsewhere uses the first.

internal import Bus

struct Nodes: Sendable {
    let first: Node
    let others: [Node]

    var all: [Node] { [first] + others }

    var here: Node { first.isHere ? first : others.first(where: \.isHere) ?? first }
}
