// A process that a test runs: it is read line by line, takes signals, and never outlives the test.
//
// A keeper stands between, for two reasons. When the tests' end of its input closes, for whatever reason, it kills the process, so that a
// crashed run leaves nothing behind. And it starts the process with no signal blocked: Foundation's children inherit the mask of a
// dispatch thread, which would keep SIGTERM from them.

import Foundation
import Processes
import Synchronization

final class ChildProcess: Sendable {
    /// Signals that a test sends.
    enum Signal: String {
        case terminate = "SIGTERM", kill = "SIGKILL", reload = "SIGHUP", pause = "SIGSTOP", proceed = "SIGCONT"
    }

    struct Ended: Error, CustomStringConvertible { let description: String }

    private static let keeper = """
        import os, signal, subprocess, sys, threading
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stderr=open(sys.argv[1], "ab"))
        os.close(1)
        def listen():
            for line in sys.stdin:
                child.send_signal(getattr(signal, line.strip()))
            child.kill()
        threading.Thread(target=listen, daemon=True).start()
        code = child.wait()
        os._exit(code if code >= 0 else 128 - code)
        """

    /// A signal to one that has ended is an error of the pipe, and not the end of all tests.
    private static let outlivesBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private let input = Pipe()
    private let lines: AsyncStream<String>
    private let exit = Exit()
    private let log: String

    /// Starts `command`; its standard error is appended to the file `log`.
    init(_ command: [String], environment: [String: String] = [:], log: String) throws {
        Self.outlivesBrokenPipes
        let (process, output) = (Process(), Pipe())
        let (lines, continuation) = AsyncStream<String>.makeStream()
        (self.lines, self.log) = (lines, log)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", Self.keeper, log] + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = Repository.root
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { [exit] in exit.set($0.terminationStatus) }
        try process.start()
        Thread.detachNewThread { Self.split(output.fileHandleForReading, into: continuation) }
    }

    deinit { try? input.fileHandleForWriting.close() }

    /// Sends a signal at once; to one that has ended it means nothing.
    func send(_ signal: Signal) { try? input.fileHandleForWriting.write(contentsOf: Data("\(signal.rawValue)\n".utf8)) }

    /// Lines up to and with the first that says `words`. Standard output has one reader.
    @discardableResult
    func lines(upTo words: String) async throws -> [String] {
        var seen: [String] = []
        for await line in lines {
            seen.append(line)
            if line.contains(words) { return seen }
        }
        throw Ended(description: "ended before it said \"\(words)\": \(seen) \(complaints)")
    }

    /// The next lines, as many as are asked for, fewer where the process ends.
    func next(_ count: Int) async -> [String] {
        var seen: [String] = []
        for await line in lines {
            seen.append(line)
            if seen.count == count { break }
        }
        return seen
    }

    var hasEnded: Bool { exit.isKnown }

    /// The exit code, once it has ended; 128 + n where signal n ended it.
    func exitCode() async -> Int32 { await exit.code() }

    /// What stands on its standard error.
    var complaints: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    private static func split(_ output: FileHandle, into continuation: AsyncStream<String>.Continuation) {
        var rest = Data()
        while case let data = output.availableData, !data.isEmpty {
            rest += data
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
                rest = Data(rest[(end + 1)...])
            }
        }
        continuation.finish()
    }
}

/// An exit code that is awaited before it is known.
private final class Exit: Sendable {
    private let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation
    private let known = Mutex<Int32?>(nil)

    init() { (stream, continuation) = AsyncStream<Int32>.makeStream() }

    func set(_ code: Int32) {
        known.withLock { $0 = code }
        continuation.finish()
    }

    var isKnown: Bool { known.withLock { $0 != nil } }

    func code() async -> Int32 {
        for await _ in stream {}
        return known.withLock { $0 } ?? -1
    }
}
