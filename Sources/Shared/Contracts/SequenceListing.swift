// Pages of elements, of versions and of sequences: what is asked, and what is answered. A page ends where its bytes would not fit into a
// message, and one of a single type in a sequence of several where it has passed over 5,000 others: so it may be shorter than its limit, even
// empty; `next` goes on.

public import Bus

/// A page of a sequence in the order of its numbers.
public struct ListElements: Codable, Sendable, Equatable {
    /// The sequence of this type, or, with a `sequenceName`, the elements of this type in it.
    public let elementType: ElementType?
    /// `nil` for the sequence of `elementType`; one of the two is needed.
    public let sequenceName: SequenceName?
    /// 1 to 1000, 100 where absent.
    public let limit: PageLimit?
    /// Answer what comes behind; the `next` of the page before, as it is.
    public let after: PageCursor?
    /// Begin with the element that has this number. Not together with `after`.
    public let from: Int?

    /// One of `elementType` and `sequenceName` is needed; the service refuses a request with neither.
    public init(
        elementType: ElementType? = nil,
        sequenceName: SequenceName? = nil,
        limit: PageLimit? = nil,
        after: PageCursor? = nil,
        from: Int? = nil
    ) {
        self.elementType = elementType
        self.sequenceName = sequenceName
        self.limit = limit
        self.after = after
        self.from = from
    }
}

/// A page of elements.
public struct ElementPage: Codable, Sendable, Equatable {
    /// In the order of their numbers, at most `limit`.
    public let elements: [SequenceElement]
    /// How many the sequence has in all.
    public let total: Int
    /// What to send as `after` for the next page; absent on the last and only there. Whatever is moved or deleted meanwhile, what stands still is on
    /// exactly one of the pages.
    public let next: PageCursor?
    /// Changes up to this revision are in the page, later ones are not: who follows the changes goes on behind it.
    public let revision: UInt64
    /// The revision with the log's epoch.
    public var position: LogPosition?
    /// Of the sequence's last change: what a condition on the sequence names. Absent for one that has never had elements.
    public let sequenceRevision: UInt64?

    package init(
        elements: [SequenceElement],
        total: Int,
        next: PageCursor?,
        revision: UInt64,
        sequenceRevision: UInt64?
    ) {
        self.elements = elements
        self.total = total
        self.next = next
        self.revision = revision
        self.sequenceRevision = sequenceRevision
    }
}

/// Where a page ended. Opaque: made by Service A, to be sent back as it is.
public struct PageCursor: TextValue {
    public static let rule = "must be the `next` of a page"
    public static let schema = JSONSchema.string(1...200, "The `next` of the page before")
    public static let sample = PageCursor(checked: "script.1.1")

    public let text: String

    public init?(_ text: String) {
        guard (1...200).contains(text.utf8.count) else { return nil }
        self.init(checked: text)
    }

    private init(checked text: String) { self.text = text }
}

/// A page of an element's versions, oldest first.
public struct ListVersions: Codable, Sendable, Equatable {
    /// With `elementId` and the sequence what names the element.
    public let elementType: ElementType
    /// The caller's number for the element.
    public let elementId: ElementID
    /// `nil` for the sequence of its type.
    public let sequenceName: SequenceName?
    /// 1 to 1000, 100 where absent.
    public let limit: PageLimit?
    /// Answer what comes after this version number; the `next` of the page before.
    public let after: Int?

    /// Without `after`: from version 1.
    public init(
        elementType: ElementType,
        elementId: ElementID,
        sequenceName: SequenceName? = nil,
        limit: PageLimit? = nil,
        after: Int? = nil
    ) {
        self.elementType = elementType
        self.elementId = elementId
        self.sequenceName = sequenceName
        self.limit = limit
        self.after = after
    }
}

/// A page of versions.
public struct VersionPage: Codable, Sendable, Equatable {
    /// One version as it was made; it never changes.
    public struct Version: Codable, Sendable, Equatable {
        /// From 1, without holes.
        public let versionNumber: Int
        /// The text of this version.
        public let comment: Comment
        /// Its data, byte for byte as sent; `nil` where there was none.
        public let data: JSONText?
        /// RFC 3339, UTC.
        public let createdAt: String

        package init(versionNumber: Int, comment: Comment, data: JSONText?, createdAt: String) {
            self.versionNumber = versionNumber
            self.comment = comment
            self.data = data
            self.createdAt = createdAt
        }
    }

    /// In the order of their numbers.
    public let versions: [Version]
    /// What to send as `after` for the next page; absent on the last.
    public let next: Int?

    package init(versions: [Version], next: Int?) {
        self.versions = versions
        self.next = next
    }
}

/// A page of the sequences there are, by name.
public struct ListSequences: Codable, Sendable, Equatable {
    /// 1 to 1000, 100 where absent.
    public let limit: PageLimit?
    /// Answer what comes behind this name; the `next` of the page before.
    public let after: SequenceName?

    /// Without `after`: from the first name.
    public init(limit: PageLimit? = nil, after: SequenceName? = nil) {
        self.limit = limit
        self.after = after
    }
}

/// A page of sequences.
public struct SequencePage: Codable, Sendable, Equatable {
    /// A sequence that has elements.
    public struct Sequence: Codable, Sendable, Equatable {
        /// What requests name it by.
        public let sequenceName: SequenceName
        /// How many elements it has.
        public let total: Int
        /// The revision of its last change.
        public let revision: UInt64

        package init(sequenceName: SequenceName, total: Int, revision: UInt64) {
            self.sequenceName = sequenceName
            self.total = total
            self.revision = revision
        }
    }

    /// In the order of their names, at most `limit`.
    public let sequences: [Sequence]
    /// What to send as `after` for the next page; absent on the last.
    public let next: SequenceName?
    /// Changes up to this revision are in the page, later ones are not.
    public let revision: UInt64
    /// The revision with the log's epoch.
    public var position: LogPosition?

    package init(sequences: [Sequence], next: SequenceName?, revision: UInt64) {
        self.sequences = sequences
        self.next = next
        self.revision = revision
    }
}
