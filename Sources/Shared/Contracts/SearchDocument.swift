// What the index holds of an element: its latest version. JSON names are snake_case, as Typesense writes them.

public struct SearchDocument: Codable, Sendable, Equatable {
    /// `script_1`, unique across types.
    public let id: String
    public let elementType: ElementType
    public let elementId: ElementID
    public let sequenceNumber: Int
    public let versionNumber: Int
    public let comment: Comment
    /// The service that the element belongs to.
    public let serviceName: String

    public init(
        element: ElementReference,
        sequenceNumber: Int,
        versionNumber: Int,
        comment: Comment,
        serviceName: String = SequenceOperations.service
    ) {
        id = element.key
        elementType = element.elementType
        elementId = element.elementId
        self.sequenceNumber = sequenceNumber
        self.versionNumber = versionNumber
        self.comment = comment
        self.serviceName = serviceName
    }

    /// The document of a changed element.
    public init(_ change: SequenceChange) {
        self.init(
            element: change.element,
            sequenceNumber: change.sequenceNumber,
            versionNumber: change.versionNumber,
            comment: change.comment
        )
    }

    private enum CodingKeys: String, CodingKey {
        case id, comment
        case elementType = "element_type"
        case elementId = "element_id"
        case sequenceNumber = "sequence_number"
        case versionNumber = "version_number"
        case serviceName = "service_name"
    }
}
