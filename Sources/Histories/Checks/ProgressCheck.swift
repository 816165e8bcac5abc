// C14: when the last fault is over, work goes on, and what had piled up goes away.

/// What has to come back after a fault.
public enum ProgressCheck {
    /// - Parameters:
    ///   - calls: All of the run.
    ///   - operations: Each has to be answered again.
    ///   - healed: When the last fault was over, on the recorder's clock.
    ///   - bound: Nanoseconds from then until each of them must have been answered.
    ///   - left: What is piled up when the run is at rest, by name: queues, lags. All have to be 0.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict<Answer>(
        _ calls: [Call<Answer>],
        operations: [String],
        healed: UInt64,
        bound: UInt64,
        left: [String: UInt64] = [:]
    ) -> Verdict {
        let (end, isBeyond) = healed.addingReportingOverflow(bound)
        let limit = isBeyond ? UInt64.max : end
        let again = calls.filter { $0.outcome.answer != nil && $0.invoked >= healed && $0.returned <= limit }
        let dead = operations.filter { operation in !again.contains { $0.operation == operation } }
        let silent = dead.map { "\($0) was not answered within \(bound / 1_000_000) ms of the end of the last fault" }
        let piled = left.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) is left at \($0.value)" }
        return Verdict(silent + piled, judged: operations.count + left.count, "operation")
    }
}
