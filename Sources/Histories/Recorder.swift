// Writes a history while clients work, with one clock for all of them. It keeps everything: as long as a run, no longer.

import Synchronization

/// The history of a run. Clients on any task record into it; a checker reads it when they have ended.
public final class Recorder<Answer: Sendable>: Sendable {
    private let began = ContinuousClock.now
    private let recorded = Mutex<[Call<Answer>]>([])

    /// Its clock begins now.
    public init() {}

    /// In the order in which they ended.
    public var calls: [Call<Answer>] { recorded.withLock { $0 } }

    /// Nanoseconds since the recorder was made.
    public var now: UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return UInt64(clamping: seconds) * 1_000_000_000 + UInt64(clamping: attoseconds / 1_000_000_000)
    }

    /// Sends a call and writes down what came of it.
    ///
    /// - Parameters:
    ///   - operation: What is asked, for people.
    ///   - subject: What it is about; checks group by it.
    ///   - send: Sends once. A driver that repeats by itself turns an unknown outcome into that of another attempt; give each attempt a
    ///     line of its own.
    /// - Returns: What `send` gave.
    /// - Throws: What `send` throws: an error that is neither a refusal nor unknown ends the run, and leaves no line.
    @discardableResult
    public func call(
        _ operation: String,
        of subject: String,
        _ send: () async throws -> Outcome<Answer>
    ) async throws -> Outcome<Answer> {
        let invoked = now
        let outcome = try await send()
        let call = Call(operation, of: subject, invoked: invoked, returned: now, outcome)
        recorded.withLock { $0.append(call) }
        return outcome
    }
}
