// The one thing that the Typesense engine needs of the network, so that tests can put faults in its place.

package import HTTPClient

package protocol HTTPTransport: Sendable {
    /// The answer, whatever its status.
    ///
    /// - Throws: Where there is none.
    func send(_ request: OutboundRequest) async throws -> TransportAnswer
}

package struct TransportAnswer: Sendable, Equatable {
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// The transport over libcurl.
package struct ClientTransport: HTTPTransport {
    private let client: HTTPClient

    package init(_ client: HTTPClient) { self.client = client }

    package func send(_ request: OutboundRequest) async throws -> TransportAnswer {
        let response: OutboundResponse = try await client.send(request)
        return TransportAnswer(status: response.status, body: response.body)
    }
}
