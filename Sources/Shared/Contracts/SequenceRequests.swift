// What Service A is asked. JSON names are camelCase, as the API has always spelt them.

public import Bus

/// A new element; it gets the next number of its type.
public struct CreateElement: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let elementId: ElementID
    public let comment: Comment

    public init(elementType: ElementType, elementId: ElementID, comment: Comment) {
        self.elementType = elementType
        self.elementId = elementId
        self.comment = comment
    }
}

/// An element by its type and the caller's number.
public struct ElementReference: Codable, Sendable, Hashable {
    public let elementType: ElementType
    public let elementId: ElementID

    public init(elementType: ElementType, elementId: ElementID) {
        self.elementType = elementType
        self.elementId = elementId
    }

    /// `script_1`: unique across types; the key of the element's events and the id of its document.
    public var key: String { "\(elementType.rawValue)_\(elementId.value)" }
}

/// Elements that exchange their numbers; see `SequenceOperations.reorder` for the rules.
public struct ReorderElements: Codable, Sendable, Equatable {
    public let elementIds: [ElementID]
    /// `newOrder[i]` is the number that `elementIds[i]` gets.
    public let newOrder: [Int]
    /// May be left out where only one type has all the ids.
    public let elementType: ElementType?

    public init(elementIds: [ElementID], newOrder: [Int], elementType: ElementType? = nil) {
        self.elementIds = elementIds
        self.newOrder = newOrder
        self.elementType = elementType
    }
}

/// The next version of an element.
public struct NewVersion: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let elementId: ElementID
    /// Any JSON; kept and given back byte for byte.
    public let newVersionData: JSONText
    public let comment: Comment

    public init(elementType: ElementType, elementId: ElementID, newVersionData: JSONText, comment: Comment) {
        self.elementType = elementType
        self.elementId = elementId
        self.newVersionData = newVersionData
        self.comment = comment
    }
}

/// A page of a type's elements in the order of their numbers.
public struct ListElements: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let limit: PageLimit?
    /// Answer what comes after this sequence number; the `next` of the page before.
    public let after: Int?

    public init(elementType: ElementType, limit: PageLimit? = nil, after: Int? = nil) {
        self.elementType = elementType
        self.limit = limit
        self.after = after
    }
}

/// A page of an element's versions, oldest first.
public struct ListVersions: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let elementId: ElementID
    public let limit: PageLimit?
    /// Answer what comes after this version number; the `next` of the page before.
    public let after: Int?

    public init(elementType: ElementType, elementId: ElementID, limit: PageLimit? = nil, after: Int? = nil) {
        self.elementType = elementType
        self.elementId = elementId
        self.limit = limit
        self.after = after
    }
}
