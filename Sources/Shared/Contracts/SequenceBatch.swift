// Many changes in one request: all or none, or each by itself with an answer of its own.

public import Bus

/// Changes in the order in which they are made.
public struct ChangeSequence: Codable, Sendable, Equatable {
    /// More in one request are refused with `invalid_request`.
    public static let maximumChanges = 10_000

    /// 1 to `maximumChanges`.
    public let changes: [SequenceEdit]
    /// True: one change that is refused takes all back. False or absent: each stands by itself, and some may share a transaction.
    public let atomic: Bool?
    /// The sequence of changes that name none.
    public let sequenceName: SequenceName?

    /// `sequenceName` is that of all changes that name none themselves.
    public init(changes: [SequenceEdit], atomic: Bool? = nil, sequenceName: SequenceName? = nil) {
        self.changes = changes
        self.atomic = atomic
        self.sequenceName = sequenceName
    }
}

extension ChangeSequence: SchemaProviding {
    public static var schema: JSONSchema {
        var changes = JSONSchema.array(of: SequenceEdit.schema)
        (changes.minItems, changes.maxItems) = (1, maximumChanges)
        var schema = JSONSchema(.object)
        schema.properties = ["changes": changes, "atomic": JSONSchema(.boolean, .null)]
        schema.properties?["sequenceName"] = SequenceName.schema
        schema.properties?["sequenceName"]?.kinds.append(.null)
        schema.required = ["changes"]
        schema.additionalProperties = false
        return schema
    }

    public static var sample: ChangeSequence { ChangeSequence(changes: [.sample]) }
}

/// One change of a batch: an object with one of `create`, `version`, `move` and `delete`, each as the operation of that name takes it.
public enum SequenceEdit: Sendable, Equatable {
    /// As `SequenceOperations.create` takes it.
    case create(CreateElement)
    /// As `SequenceOperations.version` takes it.
    case version(NewVersion)
    /// As `SequenceOperations.move` takes it.
    case move(MoveElement)
    /// As `SequenceOperations.delete` takes it.
    case delete(DeleteElement)
    /// One that cannot be read, and why: the others of its batch may be right.
    case unreadable(Failure)
}

extension SequenceEdit: Codable, SchemaProviding {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case create, version, move, delete
    }

    public init(from decoder: any Decoder) throws {
        do {
            self = try Self.read(decoder)
        } catch let error as DecodingError where !(decoder is PlainDecoder) {
            // The plain coder gives no verdict: its error has to reach the top, so that the other one is asked (ADR 0006).
            self = .unreadable(Self.reason(decoder) ?? Self.failure(error, below: decoder.codingPath.count))
        }
    }

    /// A line that the edge could not read comes as a text that says why (`LineMembers`).
    private static func reason(_ decoder: any Decoder) -> Failure? {
        guard let text = try? decoder.singleValueContainer().decode(String.self) else { return nil }
        return .invalid(whole, text)
    }

    private static let whole = "the change"

    private static func read(_ decoder: any Decoder) throws -> SequenceEdit {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard container.allKeys.count == 1 else {
            let names = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "must have one of \(names)"))
        }
        return switch container.allKeys[0] {
        case .create: .create(try container.decode(CreateElement.self, forKey: .create))
        case .version: .version(try container.decode(NewVersion.self, forKey: .version))
        case .move: .move(try container.decode(MoveElement.self, forKey: .move))
        case .delete: .delete(try container.decode(DeleteElement.self, forKey: .delete))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        if case .unreadable(let failure) = self {
            var container = encoder.singleValueContainer()
            return try container.encode(failure.detail)
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .create(let request): try container.encode(request, forKey: .create)
        case .version(let request): try container.encode(request, forKey: .version)
        case .move(let request): try container.encode(request, forKey: .move)
        case .delete(let request): try container.encode(request, forKey: .delete)
        case .unreadable: break
        }
    }

    public static var schema: JSONSchema {
        var schema = JSONSchema(.object)
        schema.title = "SequenceEdit"
        schema.description = "One of create, version, move and delete, each with the body of the operation of that name"
        schema.properties = Dictionary(
            uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, JSONSchema(.object)) }
        )
        return schema
    }

    public static var sample: SequenceEdit {
        .delete(DeleteElement(elementType: .sample, elementId: .sample))
    }

    private static func failure(_ error: DecodingError, below depth: Int) -> Failure {
        switch error {
        case .keyNotFound(let key, let context):
            .invalid(path(context.codingPath + [key], depth), "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            .invalid(path(context.codingPath, depth), "has the wrong type")
        case .dataCorrupted(let context):
            .invalid(path(context.codingPath, depth), context.debugDescription)
        @unknown default:
            Failure(.invalidRequest, "cannot be read")
        }
    }

    private static func path(_ keys: [any CodingKey], _ depth: Int) -> String {
        let names = keys.dropFirst(depth).map { $0.intValue.map(String.init) ?? $0.stringValue }
        return names.isEmpty ? whole : names.joined(separator: ".")
    }
}

extension SequenceEdit {
    /// The same in a sequence, where it names none itself.
    package func within(_ sequence: SequenceName?) -> SequenceEdit {
        guard let sequence else { return self }
        return switch self {
        case .create(let request): .create(request.within(sequence))
        case .version(let request): .version(request.within(sequence))
        case .move(let request): .move(request.within(sequence))
        case .delete(let request): .delete(request.within(sequence))
        case .unreadable: self
        }
    }
}

/// A request that may be given the sequence of its batch.
private protocol InSequence {
    var sequenceName: SequenceName? { get set }
}

extension InSequence {
    fileprivate func within(_ sequence: SequenceName) -> Self {
        var request = self
        request.sequenceName = sequenceName ?? sequence
        return request
    }
}

extension CreateElement: InSequence {}
extension NewVersion: InSequence {}
extension MoveElement: InSequence {}
extension DeleteElement: InSequence {}

/// What became of each change of a batch.
public struct SequenceChanged: Codable, Sendable, Equatable {
    /// What became of one; the part of its kind, or `refused`.
    public struct Result: Codable, Sendable, Equatable {
        /// Which one, from 1.
        public let line: Int
        /// What `SequenceOperations.create` would have answered.
        public let created: SequenceNumberAssigned?
        /// What `SequenceOperations.version` would have answered.
        public let versioned: VersionAssigned?
        /// What `SequenceOperations.move` would have answered.
        public let moved: ElementsMoved?
        /// What `SequenceOperations.delete` would have answered.
        public let deleted: ElementDeleted?
        /// Set where the change was not made; then nothing else is.
        public let refused: Refusal?

        package init(
            line: Int,
            created: SequenceNumberAssigned? = nil,
            versioned: VersionAssigned? = nil,
            moved: ElementsMoved? = nil,
            deleted: ElementDeleted? = nil,
            refused: Refusal? = nil
        ) {
            self.line = line
            self.created = created
            self.versioned = versioned
            self.moved = moved
            self.deleted = deleted
            self.refused = refused
        }
    }

    /// Why one was not made: as the operation would have answered.
    public struct Refusal: Codable, Sendable, Equatable {
        /// The error code's name: `not_found`.
        public let code: String
        /// For people.
        public let detail: String
        /// The field that is wrong, where it is one.
        public let field: String?

        package init(_ failure: Failure) {
            code = failure.code.name
            detail = failure.detail
            field = failure.fields?.first?.field
        }
    }

    /// One for each change, in their order.
    public let results: [Result]
    /// How many were made.
    public let done: Int
    /// How many were not.
    public let refused: Int
    /// Of the last change; absent where none was made.
    public let revision: UInt64?
    /// The revision with the log's epoch; `nil` where nothing was made, and in answers that an earlier version stored.
    public var position: LogPosition?

    package init(results: [Result]) {
        self.results = results
        refused = results.count { $0.refused != nil }
        done = results.count - refused
        revision = results.compactMap(\.revision).max()
    }
}

extension SequenceChanged.Result {
    fileprivate var revision: UInt64? {
        created?.revision ?? versioned?.revision ?? moved?.revision ?? deleted?.revision
    }
}

/// An element that is gone.
public struct ElementDeleted: Codable, Sendable, Equatable {
    /// The offset of the change's event.
    public let revision: UInt64
    /// The same offset with the log's epoch; `nil` in answers that an earlier version stored.
    public var position: LogPosition?

    package init(revision: UInt64) { self.revision = revision }
}
