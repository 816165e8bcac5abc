// What the index holds of an element: its latest version. JSON names are snake_case, as Typesense writes them.

/// An element as it is searched: its latest version, without its data.
public struct SearchDocument: Codable, Sendable, Equatable {
    /// `script_1`, or `hamlet/script_1` in a sequence with a name: unique among all elements.
    public let id: String
    /// The sequence that it stands in.
    public let sequenceName: SequenceName
    /// The first part of what names the element; a field to filter and count by.
    public let elementType: ElementType
    /// The caller's number for the element.
    public let elementId: ElementID
    /// Its rank in its sequence, from 1, as far as the index has followed the changes.
    public let sequenceNumber: Int
    /// From 1. Grows with each version, so an older state is never written over a newer one.
    public let versionNumber: Int
    /// The text that words are looked for in.
    public let comment: Comment
    /// The service that the element belongs to.
    public let serviceName: String

    /// A document's id is made from the element, so that each element has one document.
    public init(
        element: ElementReference,
        sequenceNumber: Int,
        versionNumber: Int,
        comment: Comment,
        serviceName: String = SequenceOperations.service
    ) {
        id = element.key
        sequenceName = element.sequence
        elementType = element.elementType
        elementId = element.elementId
        self.sequenceNumber = sequenceNumber
        self.versionNumber = versionNumber
        self.comment = comment
        self.serviceName = serviceName
    }

    /// The document of a changed element; `nil` for a change of a whole sequence.
    public init?(_ change: SequenceChange) {
        guard let element = change.element, let number = change.sequenceNumber, let version = change.versionNumber,
            let comment = change.comment
        else { return nil }
        self.init(element: element, sequenceNumber: number, versionNumber: version, comment: comment)
    }

    /// `sequence_name` may be left out, by those who write documents of before there were others.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        elementType = try container.decode(ElementType.self, forKey: .elementType)
        elementId = try container.decode(ElementID.self, forKey: .elementId)
        let name = try container.decodeIfPresent(SequenceName.self, forKey: .sequenceName)
        sequenceName = name ?? SequenceName(elementType)
        sequenceNumber = try container.decode(Int.self, forKey: .sequenceNumber)
        versionNumber = try container.decode(Int.self, forKey: .versionNumber)
        comment = try container.decode(Comment.self, forKey: .comment)
        serviceName = try container.decode(String.self, forKey: .serviceName)
    }

    /// What the document is about; its `key` is the document's id.
    public var element: ElementReference {
        ElementReference(elementType: elementType, elementId: elementId, sequenceName: sequenceName)
    }

    /// The same with the number of another moment.
    public func numbered(_ number: Int) -> SearchDocument {
        SearchDocument(
            element: element,
            sequenceNumber: number,
            versionNumber: versionNumber,
            comment: comment,
            serviceName: serviceName
        )
    }

    private enum CodingKeys: String, CodingKey {
        case id, comment
        case elementType = "element_type"
        case elementId = "element_id"
        case sequenceName = "sequence_name"
        case sequenceNumber = "sequence_number"
        case versionNumber = "version_number"
        case serviceName = "service_name"
    }
}
