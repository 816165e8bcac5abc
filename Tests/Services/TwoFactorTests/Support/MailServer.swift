// A real SMTP server (aiosmtpd, `scripts/smtp-sink.py`) for one test; it ends with the test.

import Foundation
import Processes

final class MailServer: Sendable {
    struct Message: Decodable {
        let from: String
        let to: [String]
        let subject: String
        let body: String
    }

    private struct Listening: Decodable { let port: Int }

    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "scripts")

    let port: Int
    private let process: Child
    /// The server ends when this closes.
    private let input: Pipe
    private let output: FileHandle

    init(_ arguments: String...) async throws {
        let tools = try Self.start(Self.scripts.appending(path: "test-tools").path, [])
        let python = String(decoding: await Self.line(tools.output), as: UTF8.self)
        tools.process.wait()
        let sink = Self.scripts.appending(path: "smtp-sink.py").path
        (process, input, output) = try Self.start(python, [sink] + arguments)
        port = try JSONDecoder().decode(Listening.self, from: await Self.line(output)).port
    }

    deinit {
        process.kill()
        process.wait()
    }

    /// The next message that it accepted.
    func message() async throws -> Message { try JSONDecoder().decode(Message.self, from: await Self.line(output)) }

    private static func start(_ program: String, _ arguments: [String]) throws -> (
        process: Child, input: Pipe, output: FileHandle
    ) {
        let (input, output) = (Pipe(), Pipe())
        let child = try Child(program, arguments, input: .pipe(input), output: .pipe(output), errors: .nothing)
        return (child, input, output.fileHandleForReading)
    }

    /// The next line without its end; read on a thread of its own, because it blocks.
    private static func line(_ handle: FileHandle) async -> Data {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var line = Data()
                while let byte = try? handle.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) { line += byte }
                continuation.resume(returning: line)
            }
        }
    }
}
