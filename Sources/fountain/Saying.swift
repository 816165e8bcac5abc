// How commands talk: to standard output at once, also into a pipe, and to standard error.

import ArgumentParser
import Ecosystem
import Foundation
import StandardStreams
import Synchronization

/// Something that the user can do something about: printed as it is, exit code 1.
struct Complaint: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Prints a line.
///
/// - Throws: `Complaint` where nobody takes it: the disk is full, the reader has gone, standard output is closed.
func say(_ line: String) throws {
    do throws(WriteFailure) { try StandardStream.output.write(Array("\(line)\n".utf8)[...]) } catch {
        throw Complaint("Standard output cannot be written to: \(error).")
    }
}

/// Prints a line for a person who looks on. Where nobody does, nothing can be said about that either.
func complain(_ line: String, end: String = "\n") {
    try? StandardStream.errors.write(Array("\(line)\(end)".utf8)[...])
}

/// Prints a value as JSON that people can read.
func sayJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try say(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// A line for each; exit code 1 where one is not good.
func report(_ findings: [Finding]) throws {
    for finding in findings { try say(finding.line) }
    if findings.contains(where: { !$0.isGood }) { throw ExitCode.failure }
}

/// Says the lines of work that goes on whether they are taken or not; `finish` throws the first that was not.
final class Speaker: Sendable {
    private let failure = Mutex<(any Error)?>(nil)

    func say(_ line: String) {
        guard failure.withLock({ $0 == nil }) else { return }
        do { try fountain.say(line) } catch { failure.withLock { $0 = error } }
    }

    func finish() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
