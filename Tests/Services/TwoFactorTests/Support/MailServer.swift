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
    private let process: Process
    /// The server ends when this closes.
    private let input: Pipe
    private let output: FileHandle

    init(_ arguments: String...) async throws {
        let tools = try Self.start(Self.scripts.appending(path: "test-tools"), [])
        let python = String(decoding: await Self.line(tools.output), as: UTF8.self)
        tools.process.waitUntilExit()
        let sink = Self.scripts.appending(path: "smtp-sink.py").path
        (process, input, output) = try Self.start(URL(filePath: python), [sink] + arguments)
        port = try JSONDecoder().decode(Listening.self, from: await Self.line(output)).port
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// The next message that it accepted.
    func message() async throws -> Message { try JSONDecoder().decode(Message.self, from: await Self.line(output)) }

    private static func start(_ executable: URL, _ arguments: [String]) throws -> (
        process: Process, input: Pipe, output: FileHandle
    ) {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.start()
        return (process, input, output.fileHandleForReading)
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
