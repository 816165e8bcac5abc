// How far work is whose parts can be counted, in a line for people. Pure: it is told what is done and what time it is.
//
//   [##########....................] 1,000/3,000, 2,500 a second, 1 s left
//
// The rate is that of the whole way so far, so that it does not jump; what is left is said only once there is a rate to tell it by.

package struct ProgressMeter: Sendable, Equatable {
    package let total: Int
    private let began: ContinuousClock.Instant

    package init(total: Int, began: ContinuousClock.Instant) {
        self.total = max(0, total)
        self.began = began
    }

    /// What to show.
    ///
    /// - Parameters:
    ///   - done: How many parts are; what is more than `total`, or below 0, counts as all, or none.
    ///   - now: When.
    ///   - width: How many signs the bar has; 0 for none of it, where nobody would see it grow.
    /// - Returns: The line, without an end.
    package func line(done: Int, at now: ContinuousClock.Instant, width: Int = 30) -> String {
        let done = min(max(0, done), total)
        let parts = ["\(bar(done, width))\(grouped(done))/\(grouped(total))"] + pace(done, at: now)
        return parts.joined(separator: ", ")
    }

    private func bar(_ done: Int, _ width: Int) -> String {
        guard width > 0 else { return "" }
        let filled = total == 0 ? width : Int(Double(width) * Double(done) / Double(total))
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: width - filled))] "
    }

    private func pace(_ done: Int, at now: ContinuousClock.Instant) -> [String] {
        let seconds = began.duration(to: now) / .seconds(1)
        guard done > 0, seconds >= 0.001 else { return [] }
        let rate = Double(done) / seconds
        let said = "\(grouped(Int(min(rate, 1e15).rounded()))) a second"
        return done == total ? [said] : [said, "\(left(Double(total - done) / rate)) left"]
    }

    private func left(_ seconds: Double) -> String {
        // A whole number of seconds, as division leaves it, is that number.
        let whole = Int(max(0, min((seconds - 0.000_1).rounded(.up), 359_999)))
        guard whole >= 60 else { return "\(whole) s" }
        guard whole >= 3_600 else { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }
}

/// A number as people read it: `12,345`.
package func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    let parts = stride(from: digits.count, to: 0, by: -3).map { String(digits[max(0, $0 - 3)..<$0]) }
    return (number < 0 ? "-" : "") + parts.reversed().joined(separator: ",")
}
