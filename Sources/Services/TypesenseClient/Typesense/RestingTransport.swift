// A transport that asks a node which is away once at a time, after pauses that grow, and tells everybody else so at once (`NodeRest`).
//
// An answer of any status is a sign of life: what it means is for whoever asked. Only silence counts.

package import HTTPClient
import Synchronization

/// The node is away; nothing was sent.
package struct NodeIsResting: Error, Equatable {
    package init() {}
}

package final class RestingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private let chance: @Sendable () -> Double
    private let nodes = Mutex<[Substring: NodeRest]>([:])

    package init(
        _ transport: any HTTPTransport,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        chance: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.transport = transport
        self.now = now
        self.chance = chance
    }

    /// - Throws: `NodeIsResting`, and what the transport beneath throws.
    package func send(_ request: OutboundRequest) async throws -> TransportAnswer {
        let node = Self.origin(request.url)
        let entry = change(node) { $0.enter(at: now()) }
        guard entry != .refused else { throw NodeIsResting() }
        do {
            let answer = try await transport.send(request)
            change(node) { $0.answered() }
            return answer
        } catch {
            change(node) { rest in
                if Self.saysNothing(error) {
                    rest.leftOpen(entry)
                } else {
                    rest.failed(entry, at: now(), chance: chance())
                }
            }
            throw error
        }
    }

    /// The request ended for a reason of ours.
    private static func saysNothing(_ error: any Error) -> Bool {
        error is CancellationError || [.cancelled, .overloaded].contains(error as? HTTPClientError)
    }

    private func change<Value: Sendable>(_ node: Substring, _ body: (inout NodeRest) -> Value) -> Value {
        nodes.withLock { body(&$0[node, default: NodeRest()]) }
    }

    /// `http://127.0.0.1:8108` of whatever is asked there.
    private static func origin(_ url: String) -> Substring {
        guard let slash = url.utf8.dropFirst("https://".utf8.count).firstIndex(of: UInt8(ascii: "/")) else {
            return Substring(url)
        }
        return url[..<slash]
    }
}
