// What a process has said, line by line, for one reader after the other. Who reads takes all that it waited for or nothing: one that gives up leaves every line to the next.

import Synchronization

final class ProcessLines: Sendable {
    /// What a reader takes: up to and with the line that it waited for, or all that is left where there is no such line (`isWhole` is false).
    struct Reading: Sendable {
        let lines: [String]
        let isWhole: Bool
    }

    private struct Reader {
        let id: Int
        /// Whether a line is the last one wanted; the number counts from 1.
        let isLast: @Sendable (_ number: Int, _ line: String) -> Bool
        let continuation: CheckedContinuation<Reading?, Never>
    }

    private struct State {
        var lines: [String] = []
        /// So many of them the first reader has looked at.
        var seen = 0
        var hasEnded = false
        var readers: [Reader] = []
        var lastID = 0

        /// The first reader and what it takes, where that is there.
        mutating func next() -> (Reader, Reading)? {
            guard let reader = readers.first else { return nil }
            while seen < lines.count {
                seen += 1
                if reader.isLast(seen, lines[seen - 1]) { return take(isWhole: true) }
            }
            return hasEnded ? take(isWhole: false) : nil
        }

        private mutating func take(isWhole: Bool) -> (Reader, Reading) {
            let reading = Reading(lines: Array(lines.prefix(seen)), isWhole: isWhole)
            lines.removeFirst(seen)
            seen = 0
            return (readers.removeFirst(), reading)
        }
    }

    private let state = Mutex(State())

    func append(_ line: String) { change { $0.lines.append(line) } }

    func end() { change { $0.hasEnded = true } }

    /// Waits for a line.
    ///
    /// - Returns: nil where the task is cancelled first; then every line is left to the next reader.
    func read(upTo isLast: @escaping @Sendable (_ number: Int, _ line: String) -> Bool) async -> Reading? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                change { $0.readers.append(Reader(id: id, isLast: isLast, continuation: continuation)) }
                // Cancelled before it waited, and therefore woken by nobody.
                if Task.isCancelled { giveUp(id) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: Int) {
        let reader = change { state -> Reader? in
            guard let place = state.readers.firstIndex(where: { $0.id == id }) else { return nil }
            if place == 0 { state.seen = 0 }
            return state.readers.remove(at: place)
        }
        reader?.continuation.resume(returning: nil)
    }

    /// Changes something, and wakes those who have all that they wait for because of it.
    private func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let (value, answers) = state.withLock { state in
            let value = body(&state)
            var answers: [(Reader, Reading)] = []
            while let answer = state.next() { answers.append(answer) }
            return (value, answers)
        }
        for (reader, reading) in answers { reader.continuation.resume(returning: reading) }
        return value
    }
}
