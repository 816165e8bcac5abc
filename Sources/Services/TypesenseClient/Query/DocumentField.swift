// The fields of a document, and what may be asked of each.

import Contracts

package enum DocumentField: String, CaseIterable, Sendable, QueryField {
    case id
    case elementType = "element_type"
    case elementID = "element_id"
    case sequenceNumber = "sequence_number"
    case versionNumber = "version_number"
    case comment
    case serviceName = "service_name"
    case sequenceName = "sequence_name"

    package var isNumber: Bool { [.elementID, .sequenceNumber, .versionNumber].contains(self) }

    package var name: String { rawValue }
    package var isOrdered: Bool { isNumber }
    package var kind: String { isNumber ? "a number" : "text" }
    package var valueName: String { "integer" }

    package func number(_ text: String) -> Int? { Int(text) }

    /// Words can be looked for here.
    package var isSearchable: Bool { [.comment, .elementType, .serviceName].contains(self) }

    /// How often each of its values occurs can be asked.
    package var isFacet: Bool { [.elementType, .serviceName, .versionNumber, .sequenceName].contains(self) }

    /// As an engine's schema names it.
    package var type: String { isNumber ? "int64" : "string" }
}
