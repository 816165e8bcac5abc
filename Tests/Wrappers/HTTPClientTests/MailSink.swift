// What came of a mail, as Python's own mail parser reads it: the other opinion on what the client wrote.

import Foundation

/// A real SMTP server, `scripts/smtp-sink.py` (aiosmtpd), for one test.
final class MailSink {
    struct Message: Decodable {
        let from: String
        let to: [String]
        let subject: String
        let body: String
        let headers: [String: String]
        let names: [String]
        let tls: Bool
        let user: String?
        let helo: String

        /// The body with plain line feeds.
        var text: String { body.replacing("\r\n", with: "\n") }
    }

    private struct Listening: Decodable {
        let port: Int
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    let port: Int
    private let process: ChildProcess

    init(_ arguments: String...) async throws {
        let python = try ChildProcess.output(Self.root.appending(path: "scripts/test-tools").path, [])
        process = try ChildProcess(python, [Self.root.appending(path: "scripts/smtp-sink.py").path] + arguments)
        port = try JSONDecoder().decode(Listening.self, from: Data(try await process.line().utf8)).port
    }

    /// The next message that it accepted.
    func message() async throws -> Message {
        try JSONDecoder().decode(Message.self, from: Data(try await process.line().utf8))
    }

    /// Returns when a sink that was told to hang has got what it hangs on.
    func waitUntilHanging() async throws {
        _ = try await process.line()
    }
}
