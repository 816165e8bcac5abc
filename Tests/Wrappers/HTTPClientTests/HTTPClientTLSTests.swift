// TLS against `openssl s_server`, which answers every GET with a page.

import Foundation
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTLSTests {
    private func serve(_ certificate: Certificate, _ more: [String] = []) async throws -> (ChildProcess, url: String) {
        let server = try ChildProcess(
            "/usr/bin/openssl",
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", certificate.certificate, "-key", certificate.key]
                + more
        )
        while true {
            let line = try await server.line()
            if line.hasPrefix("ACCEPT ") { return (server, "https://\(line.dropFirst("ACCEPT ".count))/") }
        }
    }

    private func client(trusting authorityFile: String?) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.authorityFile = authorityFile
        return HTTPClient(configuration)
    }

    @Test func `a certificate of the given authority is trusted, and of nobody else`() async throws {
        let certificate = try Certificate()
        let (server, url) = try await serve(certificate)
        let response = try await client(trusting: certificate.certificate).send(OutboundRequest(.get, url))
        #expect(response.status == 200)
        await #expect(throws: HTTPClientError.tls) {
            try await client(trusting: nil).send(OutboundRequest(.get, url))
        }
        withExtendedLifetime(server) {}
    }

    @Test func `a certificate says from when to when it is good, to whoever asks`() async throws {
        let now = Int(Date().timeIntervalSince1970)
        let certificate = try Certificate(days: 2)
        let (server, url) = try await serve(certificate)
        let client = client(trusting: certificate.certificate)
        var request = OutboundRequest(.get, url)
        #expect(try await client.send(request).certificate == nil)
        (request.wantsCertificate, request.mayReuseConnection) = (true, false)
        let shown = try #require(try await client.send(request).certificate)
        #expect(shown.ends - shown.begins == 2 * 86_400)
        #expect((now...now + 60).contains(shown.begins))
        withExtendedLifetime(server) {}
    }

    @Test func `a certificate that is over is told from one that nobody vouches for`() async throws {
        let certificate = try Certificate(days: -1)
        let (server, url) = try await serve(certificate)
        await #expect(throws: HTTPClientError.certificateExpired) {
            try await client(trusting: certificate.certificate).send(OutboundRequest(.get, url))
        }
        withExtendedLifetime(server) {}
    }

    @Test func `a certificate for another name is refused`() async throws {
        let certificate = try Certificate(for: "DNS:other.test")
        let (server, url) = try await serve(certificate)
        await #expect(throws: HTTPClientError.tls) {
            try await client(trusting: certificate.certificate).send(OutboundRequest(.get, url))
        }
        withExtendedLifetime(server) {}
    }

    @Test func `TLS below 1.2 is refused`() async throws {
        let certificate = try Certificate()
        let (server, url) = try await serve(certificate, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        await #expect(throws: HTTPClientError.tls) {
            try await client(trusting: certificate.certificate).send(OutboundRequest(.get, url))
        }
        withExtendedLifetime(server) {}
    }

    @Test func `plain HTTP on a TLS URL is no TLS`() async throws {
        let server = try LoopbackServer { connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        await #expect(throws: HTTPClientError.tls) {
            try await client(trusting: nil).send(OutboundRequest(.get, "https://127.0.0.1:\(server.port)/"))
        }
    }
}
