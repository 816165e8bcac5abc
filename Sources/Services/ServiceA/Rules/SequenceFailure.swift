// How Service A says no: one sentence on what is the case, one on what to do.

import Bus
import Contracts

enum SequenceFailure {
    static func exists(_ request: CreateElement, number: Int) -> Failure {
        let name = "\(request.elementType.rawValue) \(request.elementId.value)"
        return Failure(
            .conflict,
            """
            There is a \(name) already; its sequence number is \(number). \
            Change it with POST /sequence/version, or create one with another elementId.
            """,
            fields: [.init("elementId", "must be new for its elementType")]
        )
    }

    static func missing(_ element: ElementReference) -> Failure {
        Failure(.notFound, "There is no \(element.elementType.rawValue) \(element.elementId.value).")
    }
}
