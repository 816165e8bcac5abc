// A document as Typesense gives it back, and one that only stands elsewhere.

import Contracts
import Ordering
import Storage

struct PlacedDocument: Decodable, Sendable {
    private let document: SearchDocument
    private let place: Int64

    init(from decoder: any Decoder) throws {
        document = try SearchDocument(from: decoder)
        place = try decoder.container(keyedBy: CodingKeys.self).decode(Int64.self, forKey: .place)
    }

    /// The contract's document, with the number of this moment.
    func numbered(_ transaction: any Transaction) throws -> SearchDocument {
        guard document.sequenceNumber == 0 else { return document }
        return document.numbered(try IndexOrder(transaction, document.sequenceName.text).list.rank(of: place))
    }

    private enum CodingKeys: String, CodingKey {
        case place = "_place"
    }
}

/// A document that stands elsewhere; the rest of it stays.
struct TypesenseMove: Encodable, Sendable {
    let id: String
    let place: Int64

    private enum CodingKeys: String, CodingKey {
        case id
        case place = "_place"
    }
}

/// A document as it is exported to be held against its source.
struct ExportedDocument: Decodable {
    private let id: String
    private let place: Int64
    private let version: Int
    private let comment: String
    private let number: Int

    var entry: IndexEntry {
        // A document by hand says its number itself.
        IndexEntry(id: id, place: place, version: version, comment: comment, isByHand: number > 0)
    }

    private enum CodingKeys: String, CodingKey {
        case id, comment
        case place = "_place"
        case version = "version_number"
        case number = "sequence_number"
    }
}
