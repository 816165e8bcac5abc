// `Accept-Encoding` (RFC 9110 §12.5.3): whether an answer may, or has to, be compressed. Pure.
//
//     (no field)                no        nobody asked for it
//     gzip, br                  may
//     *                         may       gzip is one of them
//     gzip;q=0, *               no
//     gzip;q=0.5, identity      no        as it is is liked better
//     gzip, identity;q=0        must      as it is is not taken

internal import HTTPServer

enum AcceptEncoding {
    enum Verdict: Equatable {
        case no, may, must
    }

    static func gzip(_ fields: HTTPFields) -> Verdict {
        var weights: [String: Double] = [:]
        for part in fields.all("Accept-Encoding").flatMap({ $0.utf8.split(separator: UInt8(ascii: ",")) }) {
            let pieces = part.split(separator: UInt8(ascii: ";")).map(plain)
            guard let name = pieces.first else { continue }
            weights[name == "x-gzip" ? "gzip" : name] = weight(pieces.dropFirst())
        }
        guard let gzip = weights["gzip"] ?? weights["*"], gzip > 0 else { return .no }
        if let identity = weights["identity"] { return identity == 0 ? .must : identity > gzip ? .no : .may }
        // `*;q=0` is about what is not named: identity too.
        return weights["gzip"] != nil && weights["*"] == 0 ? .must : .may
    }

    private static func plain(_ text: Substring.UTF8View) -> String {
        String(decoding: text.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self).lowercased()
    }

    /// 1 where none is said, 0 where what is said is none.
    private static func weight(_ parameters: ArraySlice<String>) -> Double {
        guard let told = parameters.first(where: { $0.utf8.starts(with: "q=".utf8) }) else { return 1 }
        let weight = Double(Substring(told.utf8.dropFirst(2))) ?? 0
        return (0...1).contains(weight) ? weight : 0
    }
}
