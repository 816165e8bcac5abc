// A transport that asks a node which is away once at a time, after pauses that grow, and tells everybody else so at once (`NodeRest`).
//
// An answer of any status and size is a sign of life: what it means is for whoever asked. Only silence counts. Searches and writes are told apart: a node whose
// cluster has no leader answers the ones as before, and breaks off the others.

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
    private struct Line: Hashable {
        let node: Substring
        let isWriting: Bool
    }

    private let lines = Mutex<[Line: NodeRest]>([:])

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
        let line = Line(node: Self.origin(request.url), isWriting: Self.isWriting(request))
        let entry = change(line) { $0.enter(at: now()) }
        guard entry != .refused else { throw NodeIsResting() }
        do {
            let answer = try await transport.send(request)
            change(line) { $0.answered() }
            return answer
        } catch let error as HTTPClientError where error.isAnswer {
            change(line) { $0.answered() }
            throw error
        } catch {
            change(line) { rest in
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

    private func change<Value: Sendable>(_ line: Line, _ body: (inout NodeRest) -> Value) -> Value {
        lines.withLock { body(&$0[line, default: NodeRest()]) }
    }

    /// Searches are asked by POST.
    private static func isWriting(_ request: OutboundRequest) -> Bool {
        request.method != .get && !request.url.utf8.suffix(13).elementsEqual("/multi_search".utf8)
    }

    /// `http://127.0.0.1:8108` of whatever is asked there.
    private static func origin(_ url: String) -> Substring {
        guard let slash = url.utf8.dropFirst("https://".utf8.count).firstIndex(of: UInt8(ascii: "/")) else {
            return Substring(url)
        }
        return url[..<slash]
    }
}

extension HTTPClientError {
    /// The node has said more than the client takes, and was not silent.
    fileprivate var isAnswer: Bool {
        if case .tooLarge = self { true } else { false }
    }
}
