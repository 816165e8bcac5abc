// What Service A is asked of one element or a few. JSON names are camelCase, as the API has always spelt them.

public import Bus

/// A new element; it gets a number at the end, or where it is told to stand.
public struct CreateElement: Codable, Sendable, Equatable {
    /// The kind of element, and its sequence where none is named.
    public let elementType: ElementType
    /// The caller's number; one that is there already in the sequence is a `conflict`.
    public let elementId: ElementID
    /// The text of its first version.
    public let comment: Comment
    /// The data of its first version: any JSON, `null` too; kept as it is.
    public let newVersionData: JSONText?
    /// `nil` for the sequence of its type.
    public internal(set) var sequenceName: SequenceName?
    /// The number that it shall have, 1 … n + 1; those from there on have one more.
    public let at: Int?
    /// The element of the same sequence that it shall stand before.
    public let before: Neighbour?
    /// The element of the same sequence that it shall stand behind.
    public let after: Neighbour?

    /// Of `at`, `before` and `after` at most one; without any of them it stands at the end.
    public init(
        elementType: ElementType,
        elementId: ElementID,
        comment: Comment,
        newVersionData: JSONText? = nil,
        sequenceName: SequenceName? = nil,
        at: Int? = nil,
        before: Neighbour? = nil,
        after: Neighbour? = nil
    ) {
        self.elementType = elementType
        self.elementId = elementId
        self.comment = comment
        self.newVersionData = newVersionData
        self.sequenceName = sequenceName
        self.at = at
        self.before = before
        self.after = after
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        elementType = try container.decode(ElementType.self, forKey: .elementType)
        elementId = try container.decode(ElementID.self, forKey: .elementId)
        comment = try container.decode(Comment.self, forKey: .comment)
        newVersionData = try container.versionData(forKey: .newVersionData)
        sequenceName = try container.decodeIfPresent(SequenceName.self, forKey: .sequenceName)
        at = try container.decodeIfPresent(Int.self, forKey: .at)
        before = try container.decodeIfPresent(Neighbour.self, forKey: .before)
        after = try container.decodeIfPresent(Neighbour.self, forKey: .after)
    }
}

extension KeyedDecodingContainer {
    /// A `null` is data as well; only what is not there is left out.
    fileprivate func versionData(forKey key: Key) throws -> JSONText? {
        let isThere = contains(key)
        return try decodeIfPresent(JSONText.self, forKey: key) ?? (isThere ? .null : nil)
    }
}

/// An element of a sequence that is known.
public struct Neighbour: Codable, Sendable, Hashable {
    /// Together with `elementId`: which one of the sequence that the request is about.
    public let elementType: ElementType
    /// The caller's number for it.
    public let elementId: ElementID

    /// The service answers `not_found` where it does not stand in the sequence of the request.
    public init(elementType: ElementType, elementId: ElementID) {
        self.elementType = elementType
        self.elementId = elementId
    }
}

/// Elements that share out the places they have now; see `SequenceOperations.reorder` for the rules.
public struct ReorderElements: Codable, Sendable, Equatable {
    /// 1 to `MoveElement.maximumCount` ids, none twice.
    public let elementIds: [ElementID]
    /// The same ids, in the order that they shall stand in.
    public let newOrder: [ElementID]
    /// May be left out where only one type has all the ids.
    public let elementType: ElementType?
    /// `nil` for the sequence of the type.
    public let sequenceName: SequenceName?
    /// Do it only if the sequence has this revision still.
    public let ifRevision: RevisionCondition?

    /// Both lists have the same ids, and so the same length.
    public init(
        elementIds: [ElementID],
        newOrder: [ElementID],
        elementType: ElementType? = nil,
        sequenceName: SequenceName? = nil,
        ifRevision: RevisionCondition? = nil
    ) {
        self.elementIds = elementIds
        self.newOrder = newOrder
        self.elementType = elementType
        self.sequenceName = sequenceName
        self.ifRevision = ifRevision
    }
}

/// An element, or a run of them, that shall stand elsewhere in its sequence.
public struct MoveElement: Codable, Sendable, Equatable {
    /// With `elementId` and the sequence what names the element.
    public let elementType: ElementType
    /// The first of the run.
    public let elementId: ElementID
    /// `nil` for the sequence of its type.
    public internal(set) var sequenceName: SequenceName?
    /// How many move: the element and those right behind it. 1 where absent.
    public let count: Int?
    /// The number that the element shall have afterwards.
    public let to: Int?
    /// The element that the run shall stand before.
    public let before: Neighbour?
    /// The element that the run shall stand behind.
    public let after: Neighbour?
    /// Do it only if the element has this revision still.
    public let ifRevision: RevisionCondition?

    /// Exactly one of `to`, `before` and `after`.
    public init(
        elementType: ElementType,
        elementId: ElementID,
        sequenceName: SequenceName? = nil,
        count: Int? = nil,
        to: Int? = nil,
        before: Neighbour? = nil,
        after: Neighbour? = nil,
        ifRevision: RevisionCondition? = nil
    ) {
        self.elementType = elementType
        self.elementId = elementId
        self.sequenceName = sequenceName
        self.count = count
        self.to = to
        self.before = before
        self.after = after
        self.ifRevision = ifRevision
    }
}

/// The next version of an element. What is left out stays as it was.
public struct NewVersion: Codable, Sendable, Equatable {
    /// With `elementId` and the sequence what names the element.
    public let elementType: ElementType
    /// The caller's number for the element.
    public let elementId: ElementID
    /// `nil` for the sequence of its type.
    public internal(set) var sequenceName: SequenceName?
    /// Any JSON, `null` too; kept as it is.
    public let newVersionData: JSONText?
    /// `nil` keeps that of the version before.
    public let comment: Comment?
    /// Do it only if the element has this revision still.
    public let ifRevision: RevisionCondition?

    /// A `nil` keeps what the version before had; for data that is null, pass `JSONText.null`.
    public init(
        elementType: ElementType,
        elementId: ElementID,
        newVersionData: JSONText?,
        comment: Comment?,
        sequenceName: SequenceName? = nil,
        ifRevision: RevisionCondition? = nil
    ) {
        self.elementType = elementType
        self.elementId = elementId
        self.newVersionData = newVersionData
        self.comment = comment
        self.sequenceName = sequenceName
        self.ifRevision = ifRevision
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        elementType = try container.decode(ElementType.self, forKey: .elementType)
        elementId = try container.decode(ElementID.self, forKey: .elementId)
        sequenceName = try container.decodeIfPresent(SequenceName.self, forKey: .sequenceName)
        newVersionData = try container.versionData(forKey: .newVersionData)
        comment = try container.decodeIfPresent(Comment.self, forKey: .comment)
        ifRevision = try container.decodeIfPresent(RevisionCondition.self, forKey: .ifRevision)
    }
}

/// An element that shall go.
public struct DeleteElement: Codable, Sendable, Equatable {
    /// With `elementId` and the sequence what names the element.
    public let elementType: ElementType
    /// The caller's number for the element.
    public let elementId: ElementID
    /// `nil` for the sequence of its type.
    public internal(set) var sequenceName: SequenceName?
    /// Do it only if the element has this revision still.
    public let ifRevision: RevisionCondition?

    /// Without `ifRevision` it goes whatever has happened to it meanwhile.
    public init(
        elementType: ElementType,
        elementId: ElementID,
        sequenceName: SequenceName? = nil,
        ifRevision: RevisionCondition? = nil
    ) {
        self.elementType = elementType
        self.elementId = elementId
        self.sequenceName = sequenceName
        self.ifRevision = ifRevision
    }
}

/// A sequence that shall have no elements any more.
public struct EmptySequence: Codable, Sendable, Equatable {
    /// The sequence; a type's own by the name of the type.
    public let sequenceName: SequenceName
    /// Do it only if the sequence has this revision still.
    public let ifRevision: RevisionCondition?

    /// Without `ifRevision` all elements go that are there then.
    public init(sequenceName: SequenceName, ifRevision: RevisionCondition? = nil) {
        self.sequenceName = sequenceName
        self.ifRevision = ifRevision
    }
}
