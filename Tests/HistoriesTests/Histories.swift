// Random histories of few calls, and the search through all orders that says of each whether a right system can have given it.

import Histories

extension SeededGenerator {
    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }

    /// When a call begins and ends, each moment of its own.
    mutating func span() -> (invoked: UInt64, returned: UInt64) {
        let (one, other) = (UInt64(roll(1_000_000)), UInt64(roll(1_000_000)))
        return (min(one, other), max(one, other) + 1)
    }
}

/// Whether some order of `calls` keeps to time (who ended before another began stands before it) and `fits`. Of calls of unknown outcome any part may
/// have happened.
func exists<Answer>(_ calls: [Call<Answer>], where fits: ([Call<Answer>]) -> Bool) -> Bool {
    func search(_ placed: [Call<Answer>], _ left: [Call<Answer>]) -> Bool {
        if left.allSatisfy(\.outcome.isUnknown), fits(placed) { return true }
        return left.indices.contains { index in
            let next = left[index]
            guard left.allSatisfy({ $0.returned >= next.invoked }) else { return false }
            var rest = left
            rest.remove(at: index)
            return search(placed + [next], rest)
        }
    }
    return search([], calls)
}
