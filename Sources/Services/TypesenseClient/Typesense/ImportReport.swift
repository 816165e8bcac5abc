// What became of each document of an import. Typesense answers 200 whatever happened, with one line a document, in their order.

import Bus
import Contracts

struct ImportReport {
    /// What Typesense says of most lines: not worth being read as JSON.
    private static let taken = Array(#"{"success":true}"#.utf8)

    private struct Line: Decodable {
        let success: Bool
        let error: String?
        let code: Int?
    }

    /// Those that Typesense will never take, with its reason.
    let refused: [(id: String, reason: String)]

    /// - Throws: `Failure` with `unavailable` where a line is missing or failed for a reason that may pass.
    init(_ body: [UInt8], of ids: [String]) throws(Failure) {
        let lines = body.split(separator: UInt8(ascii: "\n"))
        guard lines.count == ids.count else {
            throw Failure(.unavailable, "The search engine reported \(lines.count) of \(ids.count) documents.")
        }
        var refused: [(id: String, reason: String)] = []
        for (id, text) in zip(ids, lines) {
            if text.elementsEqual(Self.taken) { continue }
            let line = try Self.line(text)
            if line.success { continue }
            guard let code = line.code, (400..<500).contains(code), code != 408, code != 429 else {
                throw Failure(.unavailable, "The search engine could not write \(id).")
            }
            refused.append((id, line.error ?? "refused without a reason"))
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
