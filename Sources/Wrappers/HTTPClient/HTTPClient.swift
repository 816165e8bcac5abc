// Outbound HTTP/1.1 by libcurl: one thread, reused connections, bounded everything.
//
// It refuses: other protocols than http and https, redirects (a 3xx is the answer), unverified TLS, TLS below 1.2,
// proxies and credentials from the environment or ~/.netrc, bodies above the limit, more requests at once than set.
import CCurl

package final class HTTPClient: Sendable {
    package struct Configuration: Sendable {
        /// Bytes of a response body.
        package var maximumBody = 16 << 20
        /// Requests under way at once.
        package var maximumInFlight = 256
        /// For the part of the timeout until the connection stands.
        package var connectTimeout: Duration = .seconds(5)
        /// So long a transfer may move less than a byte a second, in either direction, also while an answer is waited for; noticed within a second.
        /// `nil`: as long as the request's own timeout allows.
        package var stallTimeout: Duration?
        /// PEM file of authorities trusted besides the system's directory.
        package var authorityFile: String?

        package init() {}
    }

    private let configuration: Configuration
    private let loop: CurlLoop

    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        loop = CurlLoop(name: "http-client", maximumInFlight: configuration.maximumInFlight)
    }

    /// Requests that are under way.
    package var inFlight: Int {
        loop.inFlight
    }

    /// The response, whatever its status. Cancelling the task aborts the transfer.
    package func send(_ request: OutboundRequest) async throws(HTTPClientError) -> OutboundResponse {
        try request.validate()
        let collector = ResponseCollector(bodyLimit: configuration.maximumBody)
        let transfer = Transfer(
            request.easyHandle(configuration),
            handler: collector,
            stallTimeout: configuration.stallTimeout
        )
        let end = await loop.run(transfer)
        switch end {
        case .overloaded: throw .overloaded
        case .cancelled: throw .cancelled
        case .ended(let code):
            if let limit = collector.exceededLimit { throw .tooLarge(limit: limit) }
            guard code == CURLE_OK else {
                throw code.isTLS && transfer.easy.saysExpired ? .certificateExpired : HTTPClientError(code)
            }
        }
        return OutboundResponse(
            status: transfer.easy.responseCode,
            headers: collector.headers,
            body: collector.body,
            certificate: request.wantsCertificate ? ServerCertificate(transfer.easy.certificate) : nil
        )
    }
}

extension HTTPClientError {
    fileprivate init(_ code: CURLcode) {
        switch code {
        case CURLE_URL_MALFORMAT: self = .malformedURL
        case CURLE_COULDNT_RESOLVE_HOST: self = .cannotResolve
        case CURLE_COULDNT_CONNECT: self = .cannotConnect
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: self = .malformedResponse
        case _ where code.isTLS: self = .tls
        case _ where code.isConnectionLoss: self = .connectionLost
        default: self = .other(code: Int(code.rawValue))
        }
    }
}
