// An answer that has an event behind it: where that is in the log, once it is known which life of the log that is.

import Bus
import Contracts

protocol Recorded {
    var revision: UInt64 { get }
    var position: LogPosition? { get set }
}

extension SequenceNumberAssigned: Recorded {}
extension ElementsReordered: Recorded {}
extension ElementsMoved: Recorded {}
extension VersionAssigned: Recorded {}
extension SequenceEmptied: Recorded {}
extension ElementDeleted: Recorded {}
extension ElementPage: Recorded {}
extension SequencePage: Recorded {}

extension SequenceTables {
    func placed<Answer: Recorded>(_ answer: Answer) throws -> Answer {
        var answer = answer
        answer.position = LogPosition(epoch: try epoch(), offset: answer.revision)
        return answer
    }

    /// A batch is as far as its last change.
    func placed(_ answer: SequenceChanged) throws -> SequenceChanged {
        var answer = answer
        answer.position = try answer.revision.map { LogPosition(epoch: try epoch(), offset: $0) }
        return answer
    }
}
