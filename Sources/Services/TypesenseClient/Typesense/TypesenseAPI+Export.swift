// Documents that Typesense gives out as they lie there. An export has no pages and no end that could be asked for, and an answer has a limit: so what
// is larger is asked for again in halves of a number that parts the documents, down to one value of it. The halves are of different moments; who
// needs more than that lets nobody write meanwhile.

import Bus
import Contracts
import HTTPClient

extension TypesenseAPI {
    /// What is asked for, and the number that parts it.
    private struct Export {
        let filter: String
        /// No more than is read: of the words alone a document has several times its text.
        let fields: [String]
        let number: String

        func query(_ range: Range<Int64>) -> String {
            let filter = "\(filter) && \(number):>=\(range.lowerBound) && \(number):<\(range.upperBound)"
            return "filter_by=\(encoded(filter))&include_fields=\(encoded(fields.joined(separator: ",")))"
        }
    }

    /// The documents of a sequence that stand in a range of places.
    ///
    /// - Throws: `IndexLost` where the collection is gone.
    func export(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry] {
        let place = TypesenseDocument.place
        let export = Export(
            filter: "\(DocumentField.sequenceName.exact):=[\(TypesenseDocument.digest(sequence.text))]",
            fields: ["id", "version_number", "comment", "sequence_number", place],
            number: place
        )
        return try await documents(of: export, in: places) { (document: ExportedDocument) in document.entry }
    }

    /// The documents that say their number themselves.
    ///
    /// - Throws: `IndexLost` where the collection is gone.
    func exportByHand() async throws -> [SearchDocument] {
        let export = Export(
            filter: "sequence_number:>0",
            fields: DocumentField.allCases.map(\.rawValue),
            number: TypesenseDocument.order
        )
        return try await documents(of: export, in: TypesenseDocument.orders) { $0 }
    }

    private func documents<Document: Decodable, Value>(
        of export: Export,
        in range: Range<Int64>,
        _ value: (Document) -> Value
    ) async throws -> [Value] {
        do {
            return try await lines(of: export.query(range)).map {
                value(try PayloadCoding.decode(Document.self, from: $0))
            }
        } catch is AnswerTooLarge {
            guard range.count > 1 else { throw AnswerTooLarge.failure }
            let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
            let lower = try await documents(of: export, in: range.lowerBound..<middle, value)
            return try await lower + documents(of: export, in: middle..<range.upperBound, value)
        }
    }

    private func lines(of query: String) async throws -> [ArraySlice<UInt8>] {
        let path = "\(path)/documents/export?\(query)"
        let answer = try await answer(to: .get, path, timeout: configuration.importTimeout)
        guard answer.status != 404 else { throw IndexLost() }
        guard answer.status == 200 else { throw Self.unexpected(answer) }
        return answer.body.split(separator: UInt8(ascii: "\n"))
    }
}
