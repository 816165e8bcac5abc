// What became of each document of an import. Typesense answers 200 whatever happened, with one line a document, in their order.

import Bus
import Contracts

struct ImportReport {
    private struct Line: Decodable {
        let success: Bool
        let error: String?
        let code: Int?
    }

    /// Those that Typesense will never take, with its reason.
    let refused: [(document: SearchDocument, reason: String)]

    /// - Throws: `Failure` with `unavailable` where a line is missing or failed for a reason that may pass.
    init(_ body: [UInt8], of documents: [SearchDocument]) throws(Failure) {
        let lines = body.split(separator: UInt8(ascii: "\n"))
        guard lines.count == documents.count else {
            throw Failure(.unavailable, "The search engine reported \(lines.count) of \(documents.count) documents.")
        }
        var refused: [(document: SearchDocument, reason: String)] = []
        for (document, text) in zip(documents, lines) {
            let line = try Self.line(text)
            if line.success { continue }
            guard let code = line.code, (400..<500).contains(code), code != 408, code != 429 else {
                throw Failure(.unavailable, "The search engine could not write \(document.id).")
            }
            refused.append((document, line.error ?? "refused without a reason"))
        }
        self.refused = refused
    }

    private static func line(_ text: ArraySlice<UInt8>) throws(Failure) -> Line {
        do {
            return try PayloadCoding.decode(Line.self, from: text)
        } catch {
            throw Failure(.unavailable, "The search engine's report cannot be read.")
        }
    }
}
