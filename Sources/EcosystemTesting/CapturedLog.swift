// What one ecosystem has logged, as it would stand in its log, while tests run beside it in the same process.
//
//     try await TestEcosystem.run(logs: .info) { ecosystem in
//         let line = await ecosystem.log.first { $0.message == "request" && $0["http.status"] == 404 }
//     }
//
// A line is there when whoever said it goes on. The newest lines are kept, and the others counted; what is critical goes to standard error as well.

public import Bus
import Foundation
import Logging
import Logs
import Synchronization

/// The log of one `TestEcosystem`: of its services, its gateway and its bus, your own services' `Site.logger` among them.
public final class CapturedLog: Sendable {
    /// How important a line is, the least first.
    public enum Level: String, Sendable, CaseIterable {
        /// Every step.
        case trace
        /// What helps to find a mistake.
        case debug
        /// What happens in the ordinary course: each request at the gateway.
        case info
        /// What an operator may want to know.
        case notice
        /// What may become wrong.
        case warning
        /// What is wrong.
        case error
        /// What must be looked at now.
        case critical
    }

    /// One line: a JSON object.
    public struct Line: Sendable, CustomStringConvertible {
        /// As it would stand in the log, without its end.
        public let text: String
        /// All of it; `.null` where it is no JSON, which would be a mistake of ours.
        public var fields: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .null }
        /// What was said; it is the same each time, and what changes stands in the other fields.
        public var message: String { self["message"].string ?? "" }
        /// How important it is.
        public var level: Level? { self["level"].string.flatMap(Level.init) }
        /// A field, `line["service"]` for instance; `.null` where it has none of that name.
        public subscript(_ field: String) -> JSONValue { fields[field] }
        public var description: String { text }
    }

    /// A line that was waited for did not come in time.
    public struct Silence: Error, CustomStringConvertible {
        /// How long it was waited for, and the last lines that came instead, twenty at most.
        public let description: String
    }

    fileprivate struct Waiter {
        let matches: @Sendable (Line) -> Bool
        let continuation: CheckedContinuation<Line?, Never>
    }

    fileprivate struct State {
        var lines: [Line] = []
        var dropped = 0
        var waiting: [Int: Waiter] = [:]
        var lastID = 0
    }

    private static let most = 10_000
    private let state = Mutex(State())

    init() {}

    /// The newest lines, ten thousand at least where there were so many, in the order in which they were said.
    public var lines: [Line] { state.withLock { $0.lines } }

    /// How many lines were said before `lines` begins.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// A line that matches: the first of those that are there, or one that comes. Lines below the level that `run` was given as `logs:` are never there: for
    /// requests say `logs: .info`. Where it may not come, say how long to wait: `first(within:where:)`.
    ///
    /// - Parameter matches: Whether it is the one; called for each line until then.
    /// - Returns: The line; nil where the task is cancelled first.
    public func first(where matches: @escaping @Sendable (Line) -> Bool) async -> Line? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { wait(as: id, Waiter(matches: matches, continuation: $0)) }
        } onCancel: {
            answer(id, nil)
        }
    }

    /// A line that matches, as `first(where:)`, but not for ever.
    ///
    /// - Parameters:
    ///   - limit: How long to wait.
    ///   - matches: Whether it is the one; called for each line until then.
    /// - Returns: The line.
    /// - Throws: `Silence` with the last lines where none has come in time; `CancellationError`.
    public func first(
        within limit: Duration,
        where matches: @escaping @Sendable (Line) -> Bool
    ) async throws -> Line {
        let line = await withTaskGroup(of: Line?.self) { group in
            group.addTask { await self.first(where: matches) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if let line { return line }
        try Task.checkCancellation()
        let said = (["Nothing that matches was said within \(limit); the last lines:"] + lines.suffix(20).map(\.text))
        throw Silence(description: said.joined(separator: "\n"))
    }

    /// A logger whose lines come here.
    func logger(from level: Level) -> Logger {
        let writer = LogWriter { [weak self] in self?.append($0) }
        var logger = Logger(label: "test") { _ in JSONLogHandler(writer: writer) }
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .notice
        return logger
    }

    /// It waits before it looks at what is there, so that nothing is missed between the two.
    private func wait(as id: Int, _ waiter: Waiter) {
        let before = state.withLock { state in
            state.waiting[id] = waiter
            return state.lines
        }
        if let line = before.first(where: waiter.matches) { return answer(id, line) }
        // Cancelled before it waited, and therefore woken by nobody.
        if Task.isCancelled { answer(id, nil) }
    }

    /// Once: whoever takes the waiter away wakes it.
    private func answer(_ id: Int, _ line: Line?) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume(returning: line)
    }

    private func append(_ bytes: [UInt8]) {
        let line = Line(text: String(decoding: bytes.dropLast(), as: UTF8.self))
        let waiting = state.withLock { state in
            state.keep(line, most: Self.most)
            return state.waiting
        }
        for (id, waiter) in waiting where waiter.matches(line) { answer(id, line) }
        if line.level == .critical { LogWriter.standardError.append(bytes) }
    }
}

extension CapturedLog.State {
    fileprivate mutating func keep(_ line: CapturedLog.Line, most: Int) {
        lines.append(line)
        guard lines.count >= 2 * most else { return }
        lines.removeFirst(most)
        dropped += most
    }
}
