// How programs that nobody here wrote stand opposite the client: `openssl s_server`, and Python with aiosmtpd.

import Foundation
import Processes

/// A process that a test talks to line by line; it ends with the test.
final class ChildProcess: @unchecked Sendable {
    // @unchecked because only one task at a time asks for a line.
    private let process: Child
    private let input = Pipe()
    private var iterator: AsyncStream<String>.AsyncIterator

    struct Ended: Error {}

    init(_ executable: String, _ arguments: [String]) throws {
        let output = Pipe()
        let (stream, continuation) = AsyncStream<String>.makeStream()
        iterator = stream.makeAsyncIterator()
        process = try Child(executable, arguments, input: .pipe(input), output: .pipe(output), errors: .nothing)
        Thread.detachNewThread {
            var rest = Data()
            while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
                    rest = Data(rest[(end + 1)...])
                }
            }
            continuation.finish()
        }
    }

    deinit {
        process.kill()
        process.wait()
    }

    /// The next line that the process prints.
    func line() async throws -> String {
        guard let line = await iterator.next() else { throw Ended() }
        return line
    }

    /// Runs a command to its end; its standard output.
    static func output(_ executable: String, _ arguments: [String]) throws -> String {
        let output = Pipe()
        let child = try Child(executable, arguments, output: .pipe(output), errors: .nothing)
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        guard child.wait() == 0 else { throw Ended() }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
