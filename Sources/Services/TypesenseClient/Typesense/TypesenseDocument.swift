// A document as Typesense keeps it: what users see, and beside it what is searched, filtered and sorted.
//
//     _words_…    the tokens of our rule, so that Typesense has no say in what a word is
//     _exact_…    a digest of the text, so that `:=` compares it exactly; Typesense would ignore case and punctuation
//     _order      breaks ties: element type, then id
//     _place      orders it in its sequence. A number is the rank of that, so 0 is stored, but for a document by hand, which has no place

import Contracts
import Secrets

struct TypesenseDocument: Encodable {
    let id: String
    private let values: [(name: String, value: Value)]

    private enum Value {
        case text(String)
        case number(Int)
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// `nil` for a document that is gone.
    init?(_ change: IndexChange) {
        guard let stored = change.document, let texts = change.texts else { return nil }
        let document = change.place == nil ? stored : stored.numbered(0)
        id = document.id
        values =
            DocumentField.allCases.map { field in
                let text = field.text(of: document)
                return (field.rawValue, field.isNumber ? .number(Int(text) ?? 0) : .text(text))
            }
            + texts.all.map { field, stream in (field.words, .text(stream.textWithPairs)) }
            + DocumentField.allCases.filter { !$0.isNumber }.map { field in
                (field.exact, .text(Self.digest(field.text(of: document))))
            }
            + [
                (Self.order, .number(Self.order(of: document))),
                (Self.place, .number(Int(change.place ?? document.sortedPlace))),
            ]
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in values {
            switch value {
            case .text(let text): try container.encode(text, forKey: Name(stringValue: name))
            case .number(let number): try container.encode(number, forKey: Name(stringValue: name))
            }
        }
    }

    static let order = "_order"
    /// All that there are.
    static let orders = 0..<Int64(ElementType.allCases.count) << 56
    static let place = "_place"

    /// 128 bits of SHA-256, in hexadecimal.
    static func digest(_ text: String) -> String {
        var digits: [UInt8] = []
        for byte in SHA256.hash(Array(text.utf8)).prefix(16) {
            for digit in [byte >> 4, byte & 15] { digits.append(digit + UInt8(ascii: digit < 10 ? "0" : "W")) }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Types by their names, then ids, which fit into 56 bits.
    private static func order(of document: SearchDocument) -> Int {
        let types = ElementType.allCases.map(\.rawValue).sorted()
        let type = types.firstIndex { $0 == document.elementType.rawValue } ?? 0
        return type << 56 | document.elementId.value & (1 << 56 - 1)
    }
}

extension DocumentField {
    /// Typesense's field with its tokens.
    var words: String { "_words_\(rawValue)" }
    /// Typesense's field with its digest.
    var exact: String { "_exact_\(rawValue)" }
}
