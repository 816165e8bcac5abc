// How Service A says no: one sentence on what is the case, one on what to do.

import Bus
import Contracts

enum SequenceFailure {
    static func exists(_ element: ElementReference, number: Int) -> Failure {
        Failure(
            .conflict,
            """
            There is a \(name(element)) already; its sequence number is \(number). \
            Change it with POST /sequence/version, or create one with another elementId.
            """,
            fields: [.init("elementId", "must be new for its elementType")]
        )
    }

    static func missing(_ element: ElementReference, field: String? = nil) -> Failure {
        Failure(
            .notFound,
            "There is no \(name(element)). Nothing was changed.",
            fields: field.map { [.init($0, "must name an element that exists")] }
        )
    }

    static func missing(_ sequence: SequenceName) -> Failure {
        Failure(
            .notFound,
            "There is no sequence \"\(sequence.text)\" with elements.",
            fields: [.init("sequenceName", "must name a sequence that has elements")]
        )
    }

    /// Somebody else was first. The present revision is what to send after having read again.
    static func changed(_ what: String, present: UInt64) -> Failure {
        Failure(
            .preconditionFailed,
            "The \(what) has revision \(present) now. Nothing was changed: read it, and decide again.",
            fields: [.init("ifRevision", "is not the present revision, which is \(present)")],
            revision: present
        )
    }

    /// What may take too long, and how much of it was done when the time was over.
    enum Work {
        case lines(done: Int), moves(done: Int)

        var done: Int {
            switch self {
            case .lines(let done), .moves(let done): done
            }
        }
    }

    static func tooMuch(_ work: Work) -> Failure {
        let (what, remedy) =
            switch work {
            case .lines: ("changes were", "Send fewer in one batch, or send it without `atomic`.")
            case .moves: ("elements had moved or were lifted", "Move fewer at once.")
            }
        return Failure(
            SequenceOperations.tooMuchAtOnce,
            """
            \(work.done) \(what) done when the time was over for which others may wait for one request \
            (stores.max_write_time). Nothing of it was done. \(remedy)
            """
        )
    }

    static func foreign(_ type: ElementType, in sequence: SequenceName) -> Failure {
        .invalid(
            "sequenceName",
            "\"\(sequence.text)\" holds elements of that type alone, and none of type \(type.rawValue)"
        )
    }

    static let lostPage = Failure(
        .gone,
        "What stood at the end of the page before is not known any more. Begin again without `after`.",
        fields: [.init("after", "is too old, or not of this sequence")]
    )

    static func name(_ element: ElementReference) -> String {
        let name = "\(element.elementType.rawValue) \(element.elementId.value)"
        return element.sequenceName.map { "\(name) in \"\($0.text)\"" } ?? name
    }
}
