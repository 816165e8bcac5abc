// A child of this process: started by `posix_spawn`, with the descriptors that it is given and no other, and reaped as soon as it has ended (ADR 0065).
//
// Not Foundation's `Process`. That ends the program now and then where it has more than 1,350 descriptors
// (swiftlang/swift-corelibs-foundation#5472), gives children that start in the same moment each other's sockets (#4795), and the signal mask of a
// dispatch thread to all.

package import Foundation

/// A process that was started; it goes on when nobody holds this any more.
package final class Child: Sendable {
    /// What one of its three streams is.
    package enum Stream {
        /// That of this process.
        case inherited
        case nothing
        /// The other end of a pipe, which is closed here.
        case pipe(Pipe)
        case file(FileHandle)
    }

    /// The system does not start it.
    package struct NotStarted: Error, CustomStringConvertible {
        package let description: String
    }

    package let pid: pid_t
    private let end = ProcessEnd()
    private let ending = DispatchGroup()

    /// Starts a process, in a group of its own: what a terminal sends to this process does not reach it.
    ///
    /// - Parameters:
    ///   - program: Its path; it is not looked for.
    ///   - arguments: What it is given behind its name.
    ///   - environment: All of it; that of this process where nothing is said.
    ///   - folder: Where it works; where this process does, where nothing is said.
    ///   - input: Its standard input.
    ///   - output: Its standard output.
    ///   - errors: Its standard error.
    /// - Throws: `NotStarted` saying why.
    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        in folder: String? = nil,
        input: Stream = .inherited,
        output: Stream = .inherited,
        errors: Stream = .inherited
    ) throws(NotStarted) {
        let streams = [input.forReading, output.forWriting, errors.forWriting]
        let variables = environment ?? ProcessInfo.processInfo.environment
        var plan = SpawnPlan(streams: streams, folder: folder)
        defer { plan.discard() }
        pid = try plan.spawn([program] + arguments, variables.map { "\($0)=\($1)" })
        // The other ends are the child's alone: who reads here comes to an end when it has ended.
        if case .pipe(let pipe) = input { try? pipe.fileHandleForReading.close() }
        for case .pipe(let pipe) in [output, errors] { try? pipe.fileHandleForWriting.close() }
        ending.enter()
        Thread.detachNewThread { [pid, end, ending] in
            end.set(Self.reap(pid))
            ending.leave()
        }
    }

    package var isRunning: Bool { !end.isKnown }

    /// Waits on this thread for its end.
    ///
    /// - Returns: The exit code; 128 + n where signal n ended it.
    @discardableResult  // it may be known already, or not matter
    package func wait() -> Int32 {
        ending.wait()
        return end.known ?? -1
    }

    /// The same without a thread; nil where the task is cancelled first.
    package func exitCode() async -> Int32? { await end.code() }

    /// Ends it at once, if it has not ended.
    package func kill() {
        // Between its end and this its number might be another's, after a whole round of numbers.
        if isRunning { _ = Glibc.kill(pid, SIGKILL) }
    }

    private static func reap(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) == -1 {
            guard errno == EINTR else { return -1 }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}

extension Child.Stream {
    fileprivate var forReading: SpawnPlan.Stream {
        if case .pipe(let pipe) = self { .descriptor(pipe.fileHandleForReading.fileDescriptor) } else { other }
    }

    fileprivate var forWriting: SpawnPlan.Stream {
        if case .pipe(let pipe) = self { .descriptor(pipe.fileHandleForWriting.fileDescriptor) } else { other }
    }

    private var other: SpawnPlan.Stream {
        switch self {
        case .nothing: .nothing
        case .file(let file): .descriptor(file.fileDescriptor)
        case .inherited, .pipe: .inherited
        }
    }
}
