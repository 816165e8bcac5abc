// Which misfortunes anybody noticed: what nobody noticed says nothing of what was promised under it. By kind, in how many of its acts a call went
// without an answer, was told that somebody is not there, or took far longer than any does. Quiet acts beside them show how often that is without.

import Histories

struct Noticed: Sendable {
    /// Longer than any call takes by itself, a password's hash in a debug build included; nanoseconds.
    static let long: UInt64 = 1_000_000_000

    private(set) var acts: [String: Int] = [:]
    private(set) var noticed: [String: Int] = [:]

    /// - Parameter calls: All that were under way during the act.
    mutating func note(_ act: Act, _ calls: [Call<UInt64>]) {
        let isNoticed = calls.contains(where: Self.isOdd)
        for kind in act.isEmpty ? ["quiet"] : Set(act.map(\.kind.rawValue)) {
            acts[kind, default: 0] += 1
            if isNoticed { noticed[kind, default: 0] += 1 }
        }
    }

    private static func isOdd(_ call: Call<UInt64>) -> Bool {
        call.outcome.isUnknown || call.outcome == .refused("unavailable") || call.returned - call.invoked > long
    }

    func note(in sometimes: Sometimes) {
        for (kind, count) in noticed { sometimes.happened("\(kind) is noticed", count) }
    }

    /// A line for the log.
    var words: String {
        acts.sorted { $0.key < $1.key }.map { "\($0.key) \(noticed[$0.key] ?? 0) of \($0.value)" }
            .joined(separator: ", ")
    }
}
