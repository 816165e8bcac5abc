// Made by the `openssl` command, so that ours is not the only opinion on what a certificate is; one may be over before it is used.

import Foundation

/// A self-signed certificate and its key in a directory of its own, removed with it.
final class Certificate: Sendable {
    let directory: URL
    var certificate: String { directory.appending(path: "cert.pem").path }
    var key: String { directory.appending(path: "key.pem").path }

    private var request: String { directory.appending(path: "request.pem").path }

    /// `name` as `openssl` writes alternative names: `IP:127.0.0.1`, `DNS:other.test`. It begins now, and ends so many days from now.
    init(for name: String = "IP:127.0.0.1", days: Int = 1) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "cert-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        _ = try ChildProcess.output(
            "/usr/bin/openssl",
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", request,
            ]
        )
        _ = try ChildProcess.output(
            "/usr/bin/openssl",
            [
                "x509", "-req", "-in", request, "-signkey", key, "-days", "\(days)", "-copy_extensions", "copy",
                "-out", certificate,
            ]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }
}
