// The records that `RememberingStore` has in memory. Knows of changes, not of who makes them; behind one lock, which is held for look-ups only.
//
//     keep    what a read found, unless something was forgotten since it began (its `moment`)
//     forget  what a write touched; a sweep may have touched whatever ends outside the time that it leaves, the end of all sessions any of them

internal import Recency
internal import Synchronization

final class RecordMemory: Sendable {
    struct Key: Hashable, Sendable {
        let type: ObjectIdentifier
        let id: String

        init<Record: StoredRecord>(_ type: Record.Type, _ id: String) {
            self.type = ObjectIdentifier(type)
            self.id = id
        }
    }

    /// What a write did.
    enum Change: Sendable {
        case touched(Key)
        /// Records of a type that ended by `after` are gone; those that would have ended later than `until` end then.
        case swept(ObjectIdentifier, after: Timestamp, until: Timestamp)
        /// So many that they are not named.
        case everything
    }

    private struct State: Sendable {
        var records: RecentlyUsed<Key, any StoredRecord>
        /// How often something was forgotten.
        var moment: UInt64 = 0
        /// Between which times the records of each type end, as far as they were ever kept.
        var ends: [ObjectIdentifier: ClosedRange<Timestamp>] = [:]
    }

    /// What every request asks for; the rest is read too seldom to take room here.
    private static let kept: Set = [
        ObjectIdentifier(Session.self), ObjectIdentifier(Account.self), ObjectIdentifier(KeySecret.self),
        ObjectIdentifier(ServiceKey.self), ObjectIdentifier(SigningKey.self),
    ]

    private let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(records: RecentlyUsed(limit: limit))) }

    var count: Int { state.withLock { $0.records.count } }
    var moment: UInt64 { state.withLock { $0.moment } }

    func record<Record: StoredRecord>(_ type: Record.Type, _ id: String) -> Record? {
        let key = Key(type, id)
        return state.withLock { $0.records.value(key) } as? Record
    }

    func keep(_ found: [RecordList.Found], asOf moment: UInt64) {
        state.withLock { state in
            guard state.moment == moment else { return }
            for each in found where Self.kept.contains(each.key.type) {
                state.records.insert(each.record, each.key, size: each.size)
                guard let end = (each.record as? any ExpiringRecord)?.expiresAt else { continue }
                let known = state.ends[each.key.type] ?? end...end
                state.ends[each.key.type] = min(end, known.lowerBound)...max(end, known.upperBound)
            }
        }
    }

    func forget(_ changes: [Change]) {
        guard !changes.isEmpty else { return }
        state.withLock { state in
            state.moment += 1
            for change in changes { Self.forget(change, &state) }
        }
    }

    private static func forget(_ change: Change, _ state: inout State) {
        switch change {
        case .touched(let key): state.records.remove(key)
        case .everything: forgetAll(&state)
        case .swept(let type, let first, let last):
            // Nobody knows which; and as long as none can have ended, or lasts too long, it was none.
            guard let ends = state.ends[type], ends.lowerBound <= first || ends.upperBound > last else { return }
            forgetAll(&state)
        }
    }

    private static func forgetAll(_ state: inout State) {
        state.records.removeAll()
        state.ends = [:]
    }
}
