// What an index would make of the changes: of each element the state with the highest revision.

import Contracts

struct Follower {
    private var latest: [ElementReference: SequenceChange] = [:]

    mutating func apply(_ change: SequenceChange) {
        if let known = latest[change.element], known.revision >= change.revision { return }
        latest[change.element] = change
    }

    /// The ids of a type in the order of their numbers.
    func order(of type: ElementType) -> [Int] {
        latest.values.filter { $0.elementType == type && $0.kind != .deleted }
            .sorted { $0.sequenceNumber < $1.sequenceNumber }
            .map(\.elementId.value)
    }
}
