// `Link: <?limit=10&after=…>; rel="next"` (RFC 8288): where the next page is, relative to the request, so that it is right at every origin and behind
// every proxy. Pure.

internal import Bus

enum PageLink {
    /// Nil where `cursor`, a JSON value, names no next page. `after` takes the place of `after`, and of `from`, which said where to begin.
    static func next(_ cursor: JSONSkim.Bytes, after query: [(name: String, value: String)]) -> String? {
        guard let cursor = text(of: cursor) else { return nil }
        let pairs = query.filter { $0.name != "after" && $0.name != "from" }.map {
            "\(escape($0.name))=\(escape($0.value))"
        }
        return "<?\((pairs + ["after=\(escape(cursor))"]).joined(separator: "&"))>; rel=\"next\""
    }

    private static func text(of bytes: JSONSkim.Bytes) -> String? {
        switch try? JSONReader.read(Array(bytes)) {
        case .string(let text)?: text
        case .integer(let number)?: "\(number)"
        default: nil
        }
    }

    /// All but what RFC 3986 leaves unreserved.
    private static func escape(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = text.utf8.flatMap { byte -> [UInt8] in
            let isPlain = PathTemplate.isAlphanumeric(byte) || "-._~".utf8.contains(byte)
            return isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
