// What was found when the index was last held against its source; what `stats`, the metrics and `/ready` tell of that.

import Contracts
import Synchronization

package final class EvidenceRecord: Sendable {
    private struct State {
        var wrong = 0
        var found: UInt64 = 0
        var repaired: UInt64 = 0
        var compared = 0
        var failures: UInt64 = 0
        var verified: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    package init() {}

    /// Documents are known to differ, and not yet known to be right again.
    func suspects(_ count: Int) { state.withLock { $0.wrong = max($0.wrong, count) } }

    func found(_ verdict: IndexVerdict) {
        state.withLock { state in
            state.wrong = verdict.differences - verdict.repaired
            state.found += UInt64(verdict.differences)
            state.repaired += UInt64(verdict.repaired)
            (state.compared, state.verified) = (verdict.compared, .now)
        }
    }

    func failed() { state.withLock { $0.failures += 1 } }

    var trouble: String? {
        let wrong = state.withLock { $0.wrong }
        return wrong == 0 ? nil : "Of the documents in the index \(wrong) are not what their source says."
    }

    var numbers: [String: Double] {
        let state = state.withLock { $0 }
        var numbers = [
            "index_documents_wrong": Double(state.wrong), "index_documents_found_wrong_total": Double(state.found),
            "index_documents_repaired_total": Double(state.repaired),
            "index_documents_compared": Double(state.compared), "index_verify_failures_total": Double(state.failures),
        ]
        if let verified = state.verified {
            numbers["index_verified_seconds_ago"] = verified.duration(to: .now) / .seconds(1)
        }
        return numbers
    }
}
