// What has to happen sometimes in a run for its being right to mean anything: a fault that hit, a call that got through beside it.

import Synchronization

/// Counts what happened, and holds it against what has to.
public final class Sometimes: Sendable {
    private let wanted: [String: Int]
    private let seen = Mutex<[String: Int]>([:])

    /// - Parameter wanted: By name, how many times at least.
    public init(_ wanted: [String: Int]) { self.wanted = wanted }

    /// It has happened, once or so many times. A name that nobody asked for is kept too, and asked of nothing.
    public func happened(_ name: String, _ times: Int = 1) { seen.withLock { $0[name, default: 0] += times } }

    /// Inconclusive with each that happened too seldom.
    public var verdict: Verdict {
        let seen = seen.withLock { $0 }
        let rare = wanted.sorted { $0.key < $1.key }.filter { seen[$0.key, default: 0] < $0.value }
        let reasons = rare.map { "\"\($0.key)\" happened \(seen[$0.key, default: 0]) times, not \($0.value)" }
        return reasons.isEmpty ? .right : .inconclusive(reasons)
    }
}
