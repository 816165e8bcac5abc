// Points in time as answers show them: RFC 3339, UTC, milliseconds.

import Bus
import Foundation

enum Timestamp {
    static func text(_ time: Deadline) -> String {
        Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
