// What a reader makes of the changes, from what `SequenceChange` says alone: of each element the newest state and the newest place.

import Contracts

struct Follower {
    private var states: [String: (revision: UInt64, sequence: SequenceName, id: Int?)] = [:]
    private var places: [String: (revision: UInt64, place: Int64)] = [:]
    private var emptied: [SequenceName: UInt64] = [:]

    mutating func apply(_ change: SequenceChange) {
        guard let element = change.element, let place = change.place else {
            emptied[change.sequenceName] = max(emptied[change.sequenceName] ?? 0, change.revision)
            return
        }
        if (states[element.key]?.revision ?? 0) < change.revision {
            let id = change.kind == .deleted ? nil : element.elementId.value
            states[element.key] = (change.revision, element.sequence, id)
        }
        put(element.key, place, change.revision)
        for other in change.others ?? [] {
            let sibling = ElementReference(
                elementType: other.elementType,
                elementId: other.elementId,
                sequenceName: change.sequenceName
            )
            put(sibling.key, other.place, change.revision)
        }
    }

    /// The ids of a sequence in the order of their places.
    func order(of sequence: SequenceName) -> [Int] {
        states.filter { $0.value.sequence == sequence && $0.value.revision > (emptied[sequence] ?? 0) }
            .compactMap { key, state in state.id.map { ($0, places[key]?.place ?? -1) } }
            .sorted { $0.1 < $1.1 }
            .map(\.0)
    }

    private mutating func put(_ key: String, _ place: Int64, _ revision: UInt64) {
        if (places[key]?.revision ?? 0) < revision { places[key] = (revision, place) }
    }
}
