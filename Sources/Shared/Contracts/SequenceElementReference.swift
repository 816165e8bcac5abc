// Which element: by its sequence, its type and the caller's number. Two plays may both have an action 1.

/// An element by its sequence, type and the caller's number.
public struct ElementReference: Codable, Sendable, Hashable {
    /// The kind of element, and its sequence where none is named.
    public let elementType: ElementType
    /// The caller's number, unique among those of its type and sequence.
    public let elementId: ElementID
    /// `nil` for the sequence of its type, however it was asked for.
    public let sequenceName: SequenceName?

    /// A sequence that is only the type's own is left out, so that two ways to name one element are equal.
    public init(elementType: ElementType, elementId: ElementID, sequenceName: SequenceName? = nil) {
        self.elementType = elementType
        self.elementId = elementId
        self.sequenceName = sequenceName?.onlyType == elementType ? nil : sequenceName
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            elementType: try container.decode(ElementType.self, forKey: .elementType),
            elementId: try container.decode(ElementID.self, forKey: .elementId),
            sequenceName: try container.decodeIfPresent(SequenceName.self, forKey: .sequenceName)
        )
    }

    /// The sequence that it stands in.
    public var sequence: SequenceName { sequenceName ?? SequenceName(elementType) }

    /// `script_1`, in a sequence with a name `hamlet/script_1`: unique among all elements; the key of its events and the id of its document.
    public var key: String {
        let name = "\(elementType.rawValue)_\(elementId.value)"
        return sequenceName.map { "\($0.text)/\(name)" } ?? name
    }
}

/// What names an element: requests about one have these three among their members.
public protocol NamesElement {
    /// The kind of element, and its sequence where none is named.
    var elementType: ElementType { get }
    /// The caller's number, unique among those of its type and sequence.
    var elementId: ElementID { get }
    /// `nil` for the sequence of its type.
    var sequenceName: SequenceName? { get }
}

extension NamesElement {
    /// The three as one value, a type's own sequence left out.
    public var reference: ElementReference {
        ElementReference(elementType: elementType, elementId: elementId, sequenceName: sequenceName)
    }
}

extension CreateElement: NamesElement {}
extension MoveElement: NamesElement {}
extension NewVersion: NamesElement {}
extension DeleteElement: NamesElement {}
extension ListVersions: NamesElement {}
