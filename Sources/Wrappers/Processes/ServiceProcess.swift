// A service as a process of its own: it is read line by line, takes signals, suffers what goes wrong on hosts, and never outlives the test.
//
//     let process = try ServiceProcess(["guestbookd", "topology.yaml"], faults: [.disk(full: 0.002)], seed: 7)
//     try await process.untilReady()
//     process.pause(); process.resume()
//     try process.suffer([.clock(jump: -3600)])       from now on, and the disk is as it should be again
//     process.terminate()
//     #expect(await process.exitCode() == 0)
//
// A keeper stands between: when the tests' end of its input closes, for whatever reason, it kills the process, so that a crashed run leaves nothing
// behind.

import Foundation

/// A process that a test runs; it ends with the last reference to it.
public final class ServiceProcess: Sendable {
    /// It ended before it said what was waited for.
    public struct Ended: Error, CustomStringConvertible {
        /// What it has said instead, on both streams.
        public let description: String

        package init(description: String) { self.description = description }
    }

    /// Signals that a test sends.
    package enum Signal: String {
        case terminate = "SIGTERM", kill = "SIGKILL", reload = "SIGHUP", pause = "SIGSTOP", proceed = "SIGCONT"
    }

    private static let python = "/usr/bin/python3"
    private static let keeping = """
        import os, signal, subprocess, sys, threading
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
    private let lines = ProcessLines()
    private let keeper: Child
    private let log: String
    private let own: OwnFolder
    private let command: [String]
    private let environment: [String: String]
    private let folder: String?
    private let seed: UInt64
    private let page: FaultPage?

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - command: A program's path, absolute or found in `PATH`, and its arguments.
    ///   - environment: What it finds in its environment besides what the test has.
    ///   - folder: Where it works; where the test does, where nothing is said.
    ///   - log: A file to which its standard error is appended; one that goes with this, where nothing is said.
    ///   - faults: What goes wrong in it from its beginning on, and may be changed by `suffer`; `[]` for nothing yet. `nil`: nothing is loaded into it, and
    ///     it can only be paused and ended.
    ///   - seed: Which of a disk's calls fail: the same ones of the same number of calls for the same seed.
    /// - Throws: `FaultFailure` where what is needed for faults is not here, python3 for the keeper among it, or why the system starts no process.
    public init(
        _ command: [String],
        environment: [String: String] = [:],
        in folder: String? = nil,
        log: String? = nil,
        faults: [ProcessFault]? = nil,
        seed: UInt64 = 1
    ) throws {
        Self.outlivesBrokenPipes
        guard FileManager.default.isExecutableFile(atPath: Self.python) else {
            throw FaultFailure.missing(tool: Self.python, remedy: "install python3")
        }
        own = try OwnFolder()
        (self.command, self.environment, self.folder, self.seed) = (command, environment, folder, seed)
        self.log = log ?? "\(own.path)/log"
        let variables: [String]
        (page, variables) = try Self.prepare(faults, seed, in: own.path)
        let output = Pipe()
        keeper = try Child(
            Self.python,
            ["-c", Self.keeping, self.log, "/usr/bin/env"] + variables + command,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            in: folder,
            input: .pipe(input),
            output: .pipe(output),
            errors: .nothing
        )
        Thread.detachNewThread { [lines] in Self.split(output.fileHandleForReading, into: lines) }
    }

    deinit { try? input.fileHandleForWriting.close() }

    /// The same program on the same data, after this one has ended.
    ///
    /// - Parameters:
    ///   - faults: What goes wrong in it from its beginning on. Where nothing is said, nothing does, and it may suffer later what this one might.
    ///   - seed: Which of a disk's calls fail; those of this one's seed, where nothing is said.
    /// - Returns: The new process, whose standard error is its own. Keep it: it ends with the last reference to it, and this one's does not hold it.
    /// - Throws: As `init`.
    public func startAgain(faults: [ProcessFault]? = nil, seed: UInt64? = nil) throws -> ServiceProcess {
        try ServiceProcess(
            command,
            environment: environment,
            in: folder,
            faults: faults ?? (page == nil ? nil : []),
            seed: seed ?? self.seed
        )
    }

    /// The path of a program that was built together with the running tests: an executable of the same package.
    public static func built(_ program: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: program).path
    }

    /// The variables are for the process alone, and not for its keeper.
    private static func prepare(
        _ faults: [ProcessFault]?,
        _ seed: UInt64,
        in directory: String
    ) throws -> (FaultPage?, [String]) {
        guard let faults else { return (nil, []) }
        try FaultLibrary.check(faults)
        let preload = try FaultLibrary.install(in: directory)
        let page = try FaultPage(in: directory, seed: seed)
        try page.set(faults)
        return (page, ["LD_PRELOAD=\(preload)", "FAULT_PAGE=\(page.path)"])
    }

    // MARK: What it says

    /// Waits for the line by which `fountain` and `Blueprint.main()` say that they answer: one that begins with `ready:`.
    ///
    /// - Returns: What it has said on standard output until then, `origin http://…` of a gateway among it.
    /// - Throws: `Ended` where it ended before, `FaultFailure` where it shall have faults and cannot, `CancellationError`.
    @discardableResult
    public func untilReady() async throws -> [String] {
        let said = try await said(upTo: "ready:") { $0.hasPrefix("ready:") }
        try page?.check()
        return said
    }

    /// Lines of its standard output up to and with the first that says `words`. Who reads takes them all, and the next reader goes on behind them.
    ///
    /// - Throws: `Ended` where it ended before it said them; `CancellationError`, and then no line has been taken.
    @discardableResult
    public func lines(upTo words: String) async throws -> [String] {
        try await said(upTo: words) { $0.contains(words) }
    }

    private func said(upTo words: String, _ isLast: @escaping @Sendable (String) -> Bool) async throws -> [String] {
        guard let reading = await lines.read(upTo: { _, line in isLast(line) }) else { throw CancellationError() }
        guard reading.isWhole else {
            throw Ended(description: "ended before it said \"\(words)\": \(reading.lines) \(complaints)")
        }
        return reading.lines
    }

    /// The next lines of its standard output, as many as are asked for, fewer where the process ends. None where the task is cancelled first; the next
    /// reader has them then.
    public func next(_ count: Int) async -> [String] {
        guard count > 0 else { return [] }
        return await lines.read { number, _ in number == count }?.lines ?? []
    }

    /// What stands on its standard error until now: a service's log, a line of JSON each.
    public var complaints: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    // MARK: What is done to it

    /// Lets it stand still, as a host does that is overloaded: connections stand, nothing is answered.
    public func pause() { send(.pause) }

    /// Lets it go on.
    public func resume() { send(.proceed) }

    /// Asks it to drain and to end.
    public func terminate() { send(.terminate) }

    /// Ends it as `kill -9` does; what it had handed to the kernel stays.
    public func kill() { send(.kill) }

    /// Asks it to read keys and rights anew.
    public func reload() { send(.reload) }

    /// Sends a signal at once; to one that has ended it means nothing.
    package func send(_ signal: Signal) {
        try? input.fileHandleForWriting.write(contentsOf: Data("\(signal.rawValue)\n".utf8))
    }

    /// From now on this goes wrong in it, and nothing else. It needs not be running: one that is paused finds it so when it goes on.
    ///
    /// - Parameter faults: What goes wrong; of two of a kind the later. `[]`: nothing any more.
    /// - Throws: `FaultFailure` where it was started without `faults`, or where what is needed is not here, or not in the process.
    public func suffer(_ faults: [ProcessFault]) throws {
        guard let page else { throw FaultFailure.notPrepared }
        try FaultLibrary.check(faults)
        try page.set(faults)
        // One that has only just been started has loaded nothing yet; `untilReady` looks again.
        if page.isLoaded { try page.check() }
    }

    /// What came of a disk that is full or fails; nil where it was started without `faults`.
    public var tally: FaultTally? { page?.tally }

    // MARK: Its end

    /// Whether it has ended.
    public var hasEnded: Bool { !keeper.isRunning }

    /// The exit code, once it has ended; 128 + n where signal n ended it. -1 where the task is cancelled first, for this one who asks alone.
    public func exitCode() async -> Int32 { await keeper.exitCode() ?? -1 }

    /// Ends it in any case: nothing goes wrong in it any more, it goes on and is asked to drain, and is killed if it has not by then. Also in a task that
    /// is cancelled, as a test's is whose time is over.
    ///
    /// - Parameter patience: How long it may drain.
    /// - Returns: Its exit code.
    @discardableResult
    package func finish(within patience: Duration = .seconds(10)) async -> Int32 {
        if page != nil { try? suffer([]) }
        resume()
        terminate()
        return await Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await self.keeper.exitCode() }
                group.addTask { try? await Task.sleep(for: patience) }
                await group.next()
                group.cancelAll()
            }
            if !hasEnded { kill() }
            return await exitCode()
        }.value
    }

    /// Does what needs it to run; where it ends before that is done, `body` is cancelled.
    ///
    /// - Throws: What `body` throws; `Ended`, with what it has said on standard error, where it ended.
    package func whileRunning(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                guard let code = await self.keeper.exitCode() else { return false }
                throw Ended(description: "ended with \(code): \(self.complaints)")
            }
            defer { group.cancelAll() }
            // Who waits for the end is first to notice that all of it is cancelled; `body` says so.
            while let isDone = try await group.next(), !isDone {}
        }
    }

    private static func split(_ output: FileHandle, into lines: ProcessLines) {
        var rest = Data()
        while case let data = output.availableData, !data.isEmpty {
            rest += data
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(String(decoding: rest[..<end], as: UTF8.self))
                rest = Data(rest[(end + 1)...])
            }
        }
        lines.end()
    }
}

/// A folder that only this process needs, and that goes with it.
private final class OwnFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "sp-\(UUID().uuidString.prefix(8))").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
