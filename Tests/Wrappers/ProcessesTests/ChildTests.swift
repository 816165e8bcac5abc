// Children as they are started, and how they end.

import Foundation
import Processes
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChildTests {
    private static func shell(_ script: String, errors: Child.Stream = .nothing) throws -> (child: Child, said: String)
    {
        let output = Pipe()
        let child = try Child("/bin/sh", ["-c", script], input: .nothing, output: .pipe(output), errors: errors)
        return (child, String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
    }

    @Test(
        arguments: ["exit 0": 0, "exit 7": 7, "exit 255": 255, "kill -9 $$": 137, "kill -15 $$": 143] as [String: Int32]
    )
    func `its end is told by its code, to everybody who waits, at any time`(script: String, code: Int32) async throws {
        let child = try Self.shell(script).child
        async let one = child.exitCode()
        async let other = child.exitCode()
        #expect(await one == code)
        #expect(await other == code)
        #expect(child.wait() == code && child.wait() == code && !child.isRunning)
    }

    @Test func `one that is killed has ended, and whoever gives up waiting is told nothing`() async throws {
        let input = Pipe()
        let child = try Child("/bin/cat", input: .pipe(input), output: .nothing, errors: .nothing)
        let waiting = Task { await child.exitCode() }
        waiting.cancel()
        #expect(await waiting.value == nil)
        #expect(child.isRunning)
        child.kill()
        #expect(child.wait() == 137)
        // It means nothing any more.
        child.kill()
    }

    @Test func `a program that is not there is an error that names it`() throws {
        for program in ["/nowhere/at-all", "/etc/passwd"] {
            let error = #expect(throws: Child.NotStarted.self) { try Child(program) }
            #expect(error?.description.hasPrefix("\(program) cannot be started: ") == true)
        }
        #expect(throws: Child.NotStarted.self) { try Child("/bin/sh", ["-c", "exit"], in: "/nowhere") }
    }

    @Test func `it has the streams, the folder and the environment that it is given`() throws {
        let (input, output) = (Pipe(), Pipe())
        let child = try Child(
            "/bin/sh",
            ["-c", "read word; echo $word $NAME; pwd; echo wrong >&2"],
            environment: ["NAME": "of its own"],
            in: "/usr",
            input: .pipe(input),
            output: .pipe(output),
            errors: .pipe(output)
        )
        try input.fileHandleForWriting.write(contentsOf: Data("hello\n".utf8))
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(said == "hello of its own\n/usr\nwrong\n" && child.wait() == 0)
    }

    @Test func `a file takes what it says`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(
            try Self.shell("echo out; echo wrong >&2", errors: .file(FileHandle(forWritingTo: file))).said == "out\n"
        )
        #expect(try String(contentsOf: file, encoding: .utf8) == "wrong\n")
    }

    /// Dispatch's threads block most signals, and children inherit what is blocked.
    @Test func `no signal is blocked in it, whoever starts it`() async throws {
        let said = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try Self.shell("grep SigBlk /proc/self/status").said })
            }
        }
        #expect(said.split(separator: "\t").last == "0000000000000000\n")
    }

    /// What a terminal sends to the tests, it would get too.
    @Test func `it leads a group of its own`() throws {
        let (child, said) = try Self.shell("cut -d ' ' -f 5 /proc/$$/stat")
        #expect(said == "\(child.pid)\n")
    }

    /// With more than 1,350 of them Foundation's `Process` ended the program now and then.
    @Test func `it has none of the descriptors of the one that starts it, however many those are`() throws {
        let descriptors = (0..<1_500).map { _ in dup(0) }
        defer { for descriptor in descriptors where descriptor >= 0 { close(descriptor) } }
        try #require(descriptors.allSatisfy { $0 >= 0 }, "`ulimit -n` is too small")
        for _ in 0..<20 {
            // 3 is the listing's own.
            #expect(try Self.shell("exec ls /proc/self/fd").said == "0\n1\n2\n3\n")
        }
    }

    /// They all live meanwhile, as an ecosystem's do. Of sixteen that Foundation began so, one had another's socket as well.
    @Test func `of two hundred that begin five at a time, each holds one end of a pipe and nothing else`() async throws
    {
        var living: [Sleeper] = []
        for _ in 0..<40 {
            living += try await withThrowingTaskGroup(of: Sleeper.self) { group in
                for _ in 0..<5 { group.addTask { try await Sleeper.begun() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(try living.map { try $0.ends } == Array(repeating: 1, count: 200))
    }
}

/// A process that does nothing until it is let go.
private final class Sleeper: Sendable {
    private let input = Pipe()
    private let child: Child

    private init() throws {
        child = try Child("/bin/cat", input: .pipe(input), output: .nothing, errors: .nothing)
    }

    deinit { try? input.fileHandleForWriting.close() }

    /// Begun on a thread of its own: tasks share as many as there are processors.
    static func begun() async throws -> Sleeper {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try Sleeper() }) }
        }
    }

    /// Its pipes, sockets and the like; files, the program's own libraries among them, do not count.
    var ends: Int {
        get throws {
            let directory = "/proc/\(child.pid)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: directory).count { name in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")
                return target.map { !$0.utf8.starts(with: "/".utf8) } ?? false
            }
        }
    }
}
