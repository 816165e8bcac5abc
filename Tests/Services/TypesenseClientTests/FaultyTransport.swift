// A transport that a test may cut, before or after the request has had its effect.

import HTTPClient
import Synchronization
import TypesenseClient

final class FaultyTransport: HTTPTransport {
    enum Fault: Sendable {
        /// Answered without asking the server.
        case answer(TransportAnswer)
        /// Nobody is there.
        case refused
        /// The server does what was asked, and its answer is lost.
        case answerLost
    }

    private let transport: any HTTPTransport
    private let state = Mutex<(part: String, faults: [Fault])>(("", []))

    init(_ transport: any HTTPTransport) { self.transport = transport }

    /// The next requests whose URL contains `part` meet these faults, one each.
    func fail(_ part: String, with faults: [Fault]) { state.withLock { $0 = (part, faults) } }

    var faultsLeft: Int { state.withLock { $0.faults.count } }

    func send(_ request: OutboundRequest) async throws -> TransportAnswer {
        let fault: Fault? = state.withLock { state in
            guard !state.faults.isEmpty, request.url.contains(state.part) else { return nil }
            return state.faults.removeFirst()
        }
        switch fault {
        case .answer(let answer): return answer
        case .refused: throw HTTPClientError.cannotConnect
        case .answerLost:
            _ = try await transport.send(request)
            throw HTTPClientError.connectionLost
        case nil: return try await transport.send(request)
        }
    }
}

/// Counts who was asked.
final class AskedNodes: HTTPTransport {
    private let transport: any HTTPTransport
    private let urls = Mutex<[String]>([])

    init(_ transport: any HTTPTransport) { self.transport = transport }

    func count(of node: String) -> Int { urls.withLock { $0.count { $0.hasPrefix(node) } } }

    func send(_ request: OutboundRequest) async throws -> TransportAnswer {
        urls.withLock { $0.append(request.url) }
        return try await transport.send(request)
    }
}
