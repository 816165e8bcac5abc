// The gateway's nodes on the bus, one a loop. Whoever runs on one of the loops uses that loop's own, so that a request neither changes threads
// nor waits for another loop; whoever comes from elsewhere uses the first.

internal import Bus

struct Nodes: Sendable {
    let first: Node
    let others: [Node]

    var all: [Node] { [first] + others }

    var here: Node { first.isHere ? first : others.first(where: \.isHere) ?? first }

    /// Calls an operation by the loop's own place, and by another one where that has nobody to send it to: each finds out by itself, within a heartbeat, that
    /// a service has come, and until all have, one client must not be told that it is not there while another is served.
    func call<Value>(_ operation: String, _ body: (Node) async throws -> Value) async throws -> Value {
        let own = here
        let service = String(Substring(operation.utf8.prefix { $0 != UInt8(ascii: ".") }))
        do { return try await body(own) } catch let failure as Failure where failure == .nobodyAnswers(service) {
            for node in all where node !== own {
                do { return try await body(node) } catch let other as Failure where other == failure { continue }
            }
            throw failure
        }
    }
}
