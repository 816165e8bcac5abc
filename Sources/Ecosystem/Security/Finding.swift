// One thing that was looked at, and whether it is as it has to be: a line of `fountain doctor` and of `fountain topology keys --check`.

import Bus

package struct Finding: Sendable, Equatable {
    /// What has to be so, as a sentence.
    package let claim: String
    package let isGood: Bool
    /// What was seen; where it is not good, what is wrong and what to do.
    package let remark: String

    /// One line, whatever others have said.
    package var line: String {
        let said = remark.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(isGood ? "ok    " : "FAILED")  \(claim)\(said.isEmpty ? "" : "  (\(said))")"
    }

    package static func good(_ claim: String, _ remark: String = "") -> Finding {
        Finding(claim: claim, isGood: true, remark: remark)
    }

    package static func bad(_ claim: String, _ remark: String) -> Finding {
        Finding(claim: claim, isGood: false, remark: remark)
    }

    /// Good with what `look` saw, bad with why it failed.
    static func of(_ claim: String, _ look: () throws -> String) -> Finding {
        do { return good(claim, try look()) } catch {
            return bad(claim, (error as? Failure)?.detail ?? "\(error)")
        }
    }
}
