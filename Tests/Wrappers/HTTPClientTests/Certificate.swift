import Foundation

/// A self-signed certificate and its key in a directory of its own, removed with it.
final class Certificate: Sendable {
    let directory: URL
    var certificate: String { directory.appending(path: "cert.pem").path }
    var key: String { directory.appending(path: "key.pem").path }

    /// `name` as `openssl` writes alternative names: `IP:127.0.0.1`, `DNS:other.test`.
    init(for name: String = "IP:127.0.0.1") throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "cert-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        _ = try ChildProcess.output(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", certificate,
            ]
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }
}
