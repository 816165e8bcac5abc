// What every mode shares: the declared operations and topic, where the processes meet, and how a result is said.

import Bus
import Foundation

enum Bench {
    /// In JSON, with a text of 117 characters, exactly 128 bytes.
    struct Note: Codable, Sendable {
        let text: String
        static let sample = Note(text: String(repeating: "x", count: 117))
    }

    static let typed = Operation<Note, Note>("bench.typed", "Decoded and encoded", access: .public, isIdempotent: true)
    static let suspending = Operation<Note, Note>(
        "bench.suspending",
        "Decoded and encoded, by a handler with a task of its own",
        access: .public,
        isIdempotent: true
    )
    static let raw = Operation<RawPayload, RawPayload>("bench.raw", "As it is", access: .public, isIdempotent: true)
    static let topic = Topic<Note>("bench.noted", publisher: "bench", "What was noted")
    static let payloadBytes = 128
    /// What a run does before it counts.
    static let warmUp = Duration.milliseconds(200)

    static func address(in directory: String) -> ServiceAddress {
        ServiceAddress(calls: "ipc://\(directory)/bus.calls", events: "ipc://\(directory)/bus.events")
    }

    /// The limits of a running service, but room for the longest of the curves: 4096 calls of one caller.
    static func node(_ name: String, in directory: String) throws -> Node {
        var configuration = NodeConfiguration(name: name, directory: ["bench": [address(in: directory)]])
        configuration.maxOutstanding = 8_192
        configuration.maxOutstandingPerCaller = 8_192
        return try Node(configuration, context: try BusContext())
    }

    /// Says that it listens, then does nothing until the process is ended.
    static func stay() async throws {
        say("ready")
        try await Task.sleep(for: .seconds(86_400))
    }

    static func say(_ line: String) {
        // Unbuffered, since the runner waits for it on a pipe.
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}

extension Duration {
    var inSeconds: Double { self / .seconds(1) }
    var inMicroseconds: Double { self / .microseconds(1) }
}
