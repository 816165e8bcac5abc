// What one transaction takes away from those who hold verdicts, noted down while it runs.

import Synchronization

final class Takings: Sendable {
    private struct State {
        /// As they were before; nil for what was looked for and is not there.
        var seen: [RecordMemory.Key: (any StoredRecord)?] = [:]
        var grounds: Set<String> = []
        /// Sessions of one user, while they are few enough to be named.
        var sessions: [String: Set<String>] = [:]
        var takesAll = false
    }

    /// Of one user; more than these are the user.
    private static let mostSessions = 16

    private let state = Mutex(State())

    /// Whether anything was taken away.
    var isAny: Bool { state.withLock { $0.takesAll || !$0.grounds.isEmpty || !$0.sessions.isEmpty } }

    /// Their names; nil for everything.
    var grounds: [String]? {
        state.withLock { state in
            guard !state.takesAll else { return nil }
            let sessions = state.sessions.flatMap { user, ids in
                ids.count > Self.mostSessions ? [Ground.user(user)] : ids.map(Ground.session)
            }
            return sessions + state.grounds
        }
    }

    /// A body begins, perhaps not for the first time: what it sees counts, what was taken away before may have been.
    func begin() { state.withLock { $0.seen = [:] } }

    func saw<Record: StoredRecord>(_ record: Record?, _ id: String) {
        guard Record.self is any VerdictGround.Type else { return }
        let key = RecordMemory.Key(Record.self, id)
        // What a transaction has written itself is not what was before.
        state.withLock { if $0.seen[key] == nil { $0.seen[key] = .some(record) } }
    }

    func saved<Record: StoredRecord>(_ record: Record) {
        guard let ground = record as? any VerdictGround else { return }
        note(ground)
    }

    func deleted<Record: StoredRecord>(_ type: Record.Type, _ id: String) {
        guard type is any VerdictGround.Type else { return }
        let key = RecordMemory.Key(type, id)
        state.withLock { state in
            switch state.seen[key] {
            case nil: state.takesAll = true
            case .some(nil): break
            case .some(let record?): Self.take(record as? any VerdictGround, &state)
            }
        }
    }

    /// Sessions that went on were ended where they lie, without having been looked at.
    func ended(_ sessions: [String], of user: String) {
        guard !sessions.isEmpty else { return }
        state.withLock { $0.sessions[user, default: []].formUnion(sessions) }
    }

    func takeAll() { state.withLock { $0.takesAll = true } }

    private func note<Record: VerdictGround>(_ record: Record) {
        let key = RecordMemory.Key(Record.self, record.id)
        state.withLock { state in
            let old = state.seen[key]
            // It was looked for and not there: it is added.
            if case .some(nil) = old { return }
            if record.takesAway(from: old.flatMap(\.self) as? Record) { Self.take(record, &state) }
        }
    }

    private static func take(_ record: (any VerdictGround)?, _ state: inout State) {
        if let session = record as? Session {
            state.sessions[session.username, default: []].insert(session.id)
        } else if let ground = record?.ground {
            state.grounds.insert(ground)
        } else {
            state.takesAll = true
        }
    }
}
