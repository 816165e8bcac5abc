// Which misfortunes anybody noticed: what nobody noticed says nothing of what was promised under it. By kind, in how many of its acts a call began
// that went without an answer, was told that somebody is not there, or took far longer than any does. Quiet acts show how often that is without.

import Histories

struct Noticed: Sendable {
    /// Longer than any call takes by itself, also a password's hash in a debug build on a machine that is full; nanoseconds.
    private static let long: UInt64 = 2_000_000_000
    /// What the act before has killed needs so long until it is there again: of who asked earlier only those who were answered after the act; nanoseconds.
    private static let again: UInt64 = 1_000_000_000

    private var acts: [String: Int] = [:]
    private var noticed: [String: Int] = [:]

    /// What was played, and from when to when.
    init(_ played: [(act: Act, begin: UInt64, end: UInt64)], _ calls: [Call<UInt64>]) {
        let odd = calls.filter(Self.isOdd)
        for (act, begin, end) in played {
            let isNoticed = odd.filter { begin <= $0.invoked && $0.invoked <= end }.contains {
                begin + Self.again <= $0.invoked || !$0.outcome.isUnknown && end <= $0.returned
            }
            for kind in act.isEmpty ? ["quiet"] : Set(act.map(\.kind.rawValue)) {
                acts[kind, default: 0] += 1
                if isNoticed { noticed[kind, default: 0] += 1 }
            }
        }
    }

    private static func isOdd(_ call: Call<UInt64>) -> Bool {
        call.outcome.isUnknown || call.outcome == .refused("unavailable") || call.returned - call.invoked > long
    }

    func note(in sometimes: Sometimes) {
        for (kind, count) in noticed { sometimes.happened("\(kind) is noticed", count) }
        sometimes.happened("a misfortune is noticed", noticed.filter { $0.key != "quiet" }.values.reduce(0, +))
    }

    /// A line for the log.
    var words: String {
        acts.sorted { $0.key < $1.key }.map { "\($0.key) \(noticed[$0.key] ?? 0) of \($0.value)" }
            .joined(separator: ", ")
    }
}
