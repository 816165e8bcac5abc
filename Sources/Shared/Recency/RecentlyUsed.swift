// What was used lately, by key, within so many bytes. A pure value.
//
//     insert, use ──> young ──(has half of the bytes)──> old ──(young is full again)──> gone
//                       ^──────────── use ───────────────┘
//
// Two generations take turns instead of an order of use: every step costs a look-up or two, and what is used more often than a
// generation lasts stays. The caller says what a value takes, its key included.

package struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Held: Sendable {
        let value: Value
        let size: Int
    }

    private let limit: Int
    private var young: [Key: Held] = [:]
    private var old: [Key: Held] = [:]
    private var youngSize = 0

    /// - Parameter limit: Bytes; 0 holds nothing.
    package init(limit: Int) { self.limit = limit }

    package var count: Int { young.count + old.count }

    /// Uses a value: from now on it is one of the young.
    package mutating func value(_ key: Key) -> Value? {
        if let held = young[key] { return held.value }
        guard let held = old.removeValue(forKey: key) else { return nil }
        insert(held, key)
        return held.value
    }

    /// Holds a value, or puts it in the place of the one with its key. One that takes more than a generation is not held.
    package mutating func insert(_ value: Value, _ key: Key, size: Int) {
        remove(key)
        insert(Held(value: value, size: max(1, size)), key)
    }

    package mutating func remove(_ key: Key) {
        old[key] = nil
        if let removed = young.removeValue(forKey: key) { youngSize -= removed.size }
    }

    package mutating func removeAll() { self = RecentlyUsed(limit: limit) }

    private mutating func insert(_ held: Held, _ key: Key) {
        guard held.size <= limit / 2 else { return }
        if youngSize > limit / 2 - held.size {
            old = young
            (young, youngSize) = ([:], 0)
        }
        young[key] = held
        youngSize += held.size
    }
}
