// Processes that begin in the same moment have nothing of each other: the end of each is heard while the others live.

import EcosystemTesting
import Foundation
import Processes
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(1))) struct ChildProcessTests {
    /// Where each began by itself, of sixteen one had another's socket as well. They all live, as an ecosystem's do: only descriptors that
    /// are higher than any before are not closed in a child.
    @Test func `of two hundred that begin five at a time, each holds one socket`() async throws {
        var living: [Sleeper] = []
        for _ in 0..<40 {
            living += try await withThrowingTaskGroup(of: Sleeper.self) { group in
                for _ in 0..<5 { group.addTask { try await Sleeper.begun() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(try living.map { try $0.sockets } == Array(repeating: 1, count: 200))
    }
}

/// A process that does nothing until it is let go.
private final class Sleeper: @unchecked Sendable {
    // @unchecked because both are set up in `init` and not changed afterwards.
    private let process = Process()
    private let input = Pipe()

    private init() throws {
        process.executableURL = URL(fileURLWithPath: "/bin/cat")
        process.standardInput = input
        try process.start()
    }

    deinit { try? input.fileHandleForWriting.close() }

    /// Begun on a thread of its own: tasks share as many as there are processors.
    static func begun() async throws -> Sleeper {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try Sleeper() }) }
        }
    }

    var sockets: Int {
        get throws {
            let directory = "/proc/\(process.processIdentifier)/fd"
            return try FileManager.default.contentsOfDirectory(atPath: directory).count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)"))?
                    .contains("socket:") == true
            }
        }
    }
}
