// What a line of the log says of something: its name and a value, a number as a number.

package enum LogValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    /// Written in milliseconds, with three digits behind the point.
    case duration(Duration)
}

package typealias LogField = (name: String, value: LogValue)

extension LogValue: CustomStringConvertible {
    package var description: String {
        switch self {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .duration(let duration): Self.milliseconds(duration)
        }
    }

    /// `12.345`; in whole numbers, which is several times as fast as a Double. What a Double of microseconds does not hold is no duration.
    static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int(clamping: duration.components.seconds)
            .multipliedReportingOverflow(by: 1_000_000)
        guard !microseconds.overflow, microseconds.partialValue >= 0 else { return "0" }
        let sum = microseconds.partialValue.addingReportingOverflow(
            Int(duration.components.attoseconds / 1_000_000_000_000)
        )
        guard !sum.overflow, sum.partialValue >= 0 else { return "0" }
        let thousandths = sum.partialValue % 1_000
        let padding = thousandths < 10 ? "00" : thousandths < 100 ? "0" : ""
        return "\(sum.partialValue / 1_000).\(padding)\(thousandths)"
    }
}
