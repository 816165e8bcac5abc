// What can be said of a request whose head is not sound, or not there yet: for the answer's words, the log and the counters. Pure.

enum PartialHead {
    /// Method and path where the request line has come, and may be compared; the fields that are well-formed.
    static func request(_ head: [UInt8], from address: String) -> HTTPRequest {
        var lines = head.split(separator: Line.feed).map { String(decoding: $0, as: UTF8.self).droppingReturn }
        let words = lines.isEmpty ? [] : lines.removeFirst().utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
        let word = words.first.map { String(Substring($0)) } ?? ""
        // Whoever reads it compares it.
        let method = Grammar.isToken(word) ? word : ""
        let target = words.count > 1 ? String(Substring(words[1])) : ""
        let parsed = RequestTarget(target, method: method)
        let fields = HTTPFields(lines.compactMap(field))
        return HTTPRequest(
            method: method,
            path: parsed?.path ?? RequestTarget.comparable(target),
            authority: parsed?.authority ?? fields["Host"],
            headers: fields,
            remoteAddress: address
        )
    }

    private static func field(_ line: String) -> (name: String, value: String)? {
        let sides = line.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1).map(Substring.init)
        guard sides.count == 2, Grammar.isToken(String(sides[0])), Grammar.isFieldValue(String(sides[1])) else {
            return nil
        }
        return (String(sides[0]), String(Substring(sides[1].utf8.drop { $0 == 0x20 || $0 == 0x09 })))
    }
}

extension String {
    fileprivate var droppingReturn: String { utf8.last == Line.carriageReturn ? String(utf8.dropLast()) ?? "" : self }
}
