// Processes that begin in the same moment have nothing of each other: the end of each is heard while the others live.

import EcosystemTesting
import Foundation
import Processes
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(1))) struct ChildProcessTests {
    /// One of sixteen had another's socket when each began by itself.
    @Test func `of two hundred that begin five at a time, each holds one socket`() async throws {
        for _ in 0..<40 {
            let held = await withTaskGroup(of: String.self) { group in
                for _ in 0..<5 { group.addTask { await Self.socketsOfAChild() } }
                return await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(held == Array(repeating: "1", count: 5))
        }
    }

    /// On a thread of its own: tasks share as many as there are processors.
    private static func socketsOfAChild() async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: socketsOfAChildHere()) }
        }
    }

    private static func socketsOfAChildHere() -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "ls -l /proc/$$/fd | grep -c socket:"]
        process.standardOutput = output
        guard (try? process.start()) != nil else { return "not started" }
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
