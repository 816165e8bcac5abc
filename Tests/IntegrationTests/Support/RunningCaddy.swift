// The real Caddy with the repository's Caddyfile, on ports and in a directory of its own.

import Ecosystem
import Foundation
import HTTPClient
import Processes

final class RunningCaddy: Sendable {
    /// Trusts Caddy's own authority, as somebody would who imported its root certificate.
    let http: HTTPClient
    /// That authority's certificate, as a PEM file.
    let authorityFile: String
    let plainPort: Int
    private let port: Int
    private let process: ChildProcess

    /// Starts it before a gateway, `host:port`, and returns when it serves.
    init(before gateway: String, in directory: TemporaryDirectory) async throws {
        let ports = try FreePorts.take(2)
        (port, plainPort) = (ports[0], ports[1])
        let home = "\(directory.path)/caddy-home"
        let environment = [
            "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home,
            "FOUNTAIN_GATEWAY": gateway, "FOUNTAIN_BIND": "127.0.0.1",
            "FOUNTAIN_HTTPS_PORT": "\(ports[0])", "FOUNTAIN_HTTP_PORT": "\(ports[1])",
        ]
        let command = ["caddy", "run", "--adapter", "caddyfile", "--config", Repository.path("Caddyfile")]
        // Its log is on standard error; there it says that it is up.
        process = try ChildProcess(
            ["/bin/sh", "-c", #"exec "$@" 2>&1"#, "sh"] + command,
            environment: environment,
            log: "\(directory.path)/caddy.log"
        )
        var configuration = HTTPClient.Configuration()
        authorityFile = "\(home)/caddy/pki/authorities/local/root.crt"
        configuration.authorityFile = authorityFile
        http = HTTPClient(configuration)
        try await process.lines(upTo: "serving initial configuration")
        for host in ["localhost", "kms.localhost", "2fa.localhost", "service-a.localhost", "typesense.localhost"] {
            try await untilServes(host)
        }
    }

    /// `https://kms.localhost:…`
    func origin(_ host: String = "localhost") -> String { "https://\(host):\(port)" }

    func client(_ host: String = "localhost") -> EdgeClient { EdgeClient(origin: origin(host), http: http) }

    /// Certificates are made after the configuration is served.
    private func untilServes(_ host: String) async throws {
        while (try? await client(host).get("/health").status) != 200 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
