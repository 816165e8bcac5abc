// Processes under what goes wrong on hosts. They are small programs in Python, which say what they see. They take their signals by `sigwait`: one that comes
// just before `pause` is not noticed by Python until the next.

import Foundation
import Processes
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceProcessTests {
    private static func program(_ body: String) -> [String] {
        ["/usr/bin/python3", "-u", "-c", "import os, signal, sys, time\n" + body]
    }

    /// Says what time it is at each SIGHUP.
    private static let clock = program(
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
        print("ready:")
        while signal.sigwait([signal.SIGHUP]): print("time", int(time.time()), int(time.monotonic()))
        """
    )

    /// Writes and syncs two hundred times at each SIGHUP, and says at which it was told what.
    private static let writer = program(
        """
        file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
        def attempt(call):
            try: call()
            except OSError as error: return error.errno
            return 0
        def work():
            began = time.monotonic()
            writes = [attempt(lambda: os.pwrite(file, b"x", 0)) for _ in range(200)]
            syncs = [attempt(lambda: os.fdatasync(file)) for _ in range(20)]
            print("did", writes, syncs, time.monotonic() - began, sep=";")
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
        print("ready:")
        while signal.sigwait([signal.SIGHUP]): work()
        """
    )

    private struct Work {
        let writes: [Int]
        let syncs: [Int]
        let seconds: Double

        init(_ process: ServiceProcess) async throws {
            process.reload()
            let parts = try #require(try await process.lines(upTo: "did").last).split(separator: ";")
            let numbers = parts.map { $0.split { !$0.isNumber }.compactMap { Int($0) } }
            (writes, syncs) = (numbers[1], numbers[2])
            seconds = try #require(Double(parts[3]))
        }
    }

    private static func startWriter(_ faults: [ProcessFault]?, seed: UInt64 = 1) async throws -> ServiceProcess {
        let file = "/tmp/sp-test-\(UUID().uuidString.prefix(8))"
        let process = try ServiceProcess(writer + [file], faults: faults, seed: seed)
        try await process.untilReady()
        try FileManager.default.removeItem(atPath: file)
        return process
    }

    @Test func `a program that is linked statically says when it is ready that it cannot have faults`() async throws {
        let folder = "/tmp/sp-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source =
            "#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts(\"ready:\"); fflush(stdout); return pause(); }\n"
        try source.write(toFile: "\(folder)/main.c", atomically: false, encoding: .utf8)
        let compiler = try ServiceProcess(["cc", "-static", "-o", "main", "main.c"], in: folder)
        try #require(await compiler.exitCode() == 0, "\(compiler.complaints)")
        let deaf = try ServiceProcess(["\(folder)/main"], faults: [])
        await #expect(throws: FaultFailure.notLoaded) { try await deaf.untilReady() }
    }

    private static func time(_ process: ServiceProcess) async throws -> (wall: Int, monotonic: Int) {
        process.reload()
        let words = try #require(try await process.lines(upTo: "time").last).split(separator: " ").compactMap {
            Int($0)
        }
        return (words[0], words[1])
    }

    @Test func `the clock jumps while it runs, ahead and back, and monotonic time does not`() async throws {
        let process = try ServiceProcess(Self.clock, faults: [])
        try await process.untilReady()
        let first = try await Self.time(process)
        #expect(abs(first.wall - Int(Date().timeIntervalSince1970)) < 30)
        try process.suffer([.clock(jump: -3600)])
        let second = try await Self.time(process)
        #expect((-3600..<(-3500)).contains(second.wall - first.wall))
        try process.suffer([.clock(jump: 86_400)])
        let third = try await Self.time(process)
        #expect((86_400..<86_500).contains(third.wall - first.wall))
        try process.suffer([])
        let fourth = try await Self.time(process)
        #expect((0..<100).contains(fourth.wall - first.wall))
        #expect((0..<100).contains(fourth.monotonic - first.monotonic))
    }

    @Test func `a disk is full now and then, as the seed says, and has room again`() async throws {
        let process = try await Self.startWriter([.disk(full: 0.2)], seed: 7)
        let work = try await Work(process)
        #expect(Set(work.writes) == [0, Int(ENOSPC)] && Set(work.syncs) == [0])
        #expect((15...70).contains(work.writes.count { $0 != 0 }))
        let tally = try #require(process.tally)
        #expect(tally.writes == 200 && tally.refusedWrites == work.writes.count { $0 != 0 } && tally.failedSyncs == 0)
        try process.suffer([])
        #expect(Set(try await Work(process).writes) == [0])
        let twin = try await Self.startWriter([.disk(full: 0.2)], seed: 7)
        #expect(try await Work(twin).writes == work.writes)
        let other = try await Self.startWriter([.disk(full: 0.2)], seed: 8)
        #expect(try await Work(other).writes != work.writes)
    }

    @Test func `a disk fails or is slow, from the moment that it is said`() async throws {
        let process = try await Self.startWriter([])
        #expect(Set(try await Work(process).syncs) == [0])
        #expect(process.tally?.syncs == 0)
        try process.suffer([.sync(fails: 1), .disk(slow: .milliseconds(5))])
        let work = try await Work(process)
        #expect(work.syncs == Array(repeating: Int(EIO), count: 20) && Set(work.writes) == [0])
        #expect(work.seconds >= 0.1)
        #expect(process.tally?.failedSyncs == 20)
    }

    @Test func `one that stands still goes on, and finds what was said meanwhile`() async throws {
        let process = try ServiceProcess(Self.clock, faults: [])
        try await process.untilReady()
        let before = try await Self.time(process)
        process.pause()
        process.reload()
        try process.suffer([.clock(jump: -3600)])
        process.resume()
        let words = try #require(try await process.lines(upTo: "time").last).split(separator: " ").compactMap {
            Int($0)
        }
        #expect(words[0] - before.wall < -3000)
    }

    @Test func `it drains or is killed, and says its last`() async throws {
        let body = """
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
            print("ready:")
            signal.sigwait([signal.SIGTERM])
            print("bye", file=sys.stderr)
            sys.exit(3)
            """
        let drained = try ServiceProcess(Self.program(body))
        try await drained.untilReady()
        #expect(!drained.hasEnded)
        drained.terminate()
        #expect(await drained.exitCode() == 3)
        #expect(drained.complaints == "bye\n" && drained.hasEnded)
        let killed = try ServiceProcess(Self.program(body))
        try await killed.untilReady()
        killed.kill()
        #expect(await killed.exitCode() == 128 + 9)
    }

    @Test func `what cannot have faults says why`() async throws {
        let plain = try ServiceProcess(Self.clock)
        try await plain.untilReady()
        #expect(throws: FaultFailure.notPrepared) { try plain.suffer([.clock(jump: 1)]) }
        #expect(plain.tally == nil)
        let absent = try ServiceProcess(["/nowhere/at/all"])
        await #expect(throws: ServiceProcess.Ended.self) { try await absent.untilReady() }
    }

    /// `fiu_init` of the program itself stands before the library's, and says that it cannot.
    @Test func `a libfiu that did not begin is said, where the disk should be full or fail`() async throws {
        let folder = "/tmp/sp-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = """
            #include <stdio.h>
            #include <unistd.h>
            int fiu_init(unsigned flags) { return -1; }
            int main(void) { puts("already: no"); puts("ready: yes"); fflush(stdout); for (;;) pause(); }

            """
        try source.write(toFile: "\(folder)/main.c", atomically: false, encoding: .utf8)
        let compiler = try ServiceProcess(["cc", "-rdynamic", "-o", "main", "main.c"], in: folder)
        try #require(await compiler.exitCode() == 0, "\(compiler.complaints)")
        let sound = try ServiceProcess(["\(folder)/main"], faults: [.clock(jump: 1)])
        #expect(try await sound.untilReady() == ["already: no", "ready: yes"])
        #expect(throws: FaultFailure.fiuNotLoaded) { try sound.suffer([.sync(fails: 0.5)]) }
        let full = try ServiceProcess(["\(folder)/main"], faults: [.disk(full: 0.5)])
        await #expect(throws: FaultFailure.fiuNotLoaded) { try await full.untilReady() }
    }

    @Test func `what is no probability traps`() async {
        await #expect(processExitsWith: .failure) { _ = ProcessFault.disk(full: 30) }
        await #expect(processExitsWith: .failure) { _ = ProcessFault.sync(fails: -0.1) }
        await #expect(processExitsWith: .failure) { _ = ProcessFault.disk(full: .nan) }
    }

    /// Says what it is sent: a line at each SIGHUP.
    private static let counter = program(
        """
        said = iter(range(1, 1000))
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
        print("ready:")
        while signal.sigwait([signal.SIGHUP]): print("line", next(said))
        """
    )

    @Test func `who gives up waiting for a line leaves all of them to the next`() async throws {
        let process = try ServiceProcess(Self.counter)
        let waiting = Task { try await process.lines(upTo: "line 2") }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(try await process.untilReady() == ["ready:"])
        process.reload()
        // It has seen the first line by the time that it is let go, and the next one sees it all the same.
        let other = Task { try await process.lines(upTo: "line 3") }
        #expect(await process.next(0).isEmpty)
        other.cancel()
        await #expect(throws: CancellationError.self) { try await other.value }
        #expect(await process.next(1) == ["line 1"])
        process.reload()
        #expect(try await process.lines(upTo: "line 2") == ["line 2"])
    }

    @Test func `who gives up waiting for the end takes it from nobody`() async throws {
        let process = try ServiceProcess(Self.counter)
        let waiting = Task { await process.exitCode() }
        waiting.cancel()
        #expect(await waiting.value == -1)
        async let code = process.exitCode()
        process.kill()
        #expect(await code == 128 + 9)
        #expect(await process.exitCode() == 128 + 9)
    }

    @Test func `one that is started again may suffer what it might before, by the same seed`() async throws {
        let first = try await Self.startWriter([.disk(full: 0.2)], seed: 7)
        let work = try await Work(first)
        first.kill()
        _ = await first.exitCode()
        let again = try first.startAgain()
        try await again.untilReady()
        #expect(Set(try await Work(again).writes) == [0])
        try again.suffer([.disk(full: 0.2)])
        #expect(try await Work(again).writes == work.writes)
        let plain = try ServiceProcess(Self.counter)
        plain.kill()
        let other = try plain.startAgain()
        #expect(throws: FaultFailure.notPrepared) { try other.suffer([]) }
    }

    @Test func `it is ended in any case, also by a task that is cancelled`() async throws {
        let deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready:')\nwhile True: signal.pause()"
        let process = try ServiceProcess(Self.program(deaf))
        try await process.untilReady()
        process.pause()
        let ending = Task { await process.finish(within: .zero) }
        ending.cancel()
        #expect(await ending.value == 128 + 9)
        #expect(process.hasEnded)
    }

    @Test func `what needs it to run is given up when it has ended, with what it has said last`() async throws {
        let process = try ServiceProcess(Self.program("print('I cannot.', file=sys.stderr)\nsys.exit(3)"))
        let ended = await #expect(throws: ServiceProcess.Ended.self) {
            try await process.whileRunning {
                let (never, _) = AsyncStream<Void>.makeStream()
                for await _ in never {}
                try Task.checkCancellation()
            }
        }
        #expect(ended?.description == "ended with 3: I cannot.\n")
        let other = try ServiceProcess(Self.counter)
        try await other.whileRunning { try await other.untilReady() }
        #expect(!other.hasEnded)
    }
}
