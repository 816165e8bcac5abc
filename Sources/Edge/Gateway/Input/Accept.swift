// `Accept` (RFC 9110 §12.5.1): whether a client takes any of the forms that an answer has; problems are sent whatever it says.

internal import Bus
internal import HTTPServer

enum Accept {
    /// - Throws: `not_acceptable` where the client takes none of what there is.
    static func check(_ fields: HTTPFields, for operation: OperationDescription) throws(Refused) {
        guard operation.output != nil else { return }
        let types = ["application/json"] + (operation.lines == nil ? [] : MediaType.lines)
        guard !types.contains(where: { takes($0, fields) }) else { return }
        throw Refused(
            Failure(.notAcceptable, "There is \(types.joined(separator: ", ")), and Accept takes none of it.")
        )
    }

    /// Whether `type` is taken: by the most specific of the ranges that name it, with a weight above 0. No field takes everything.
    static func takes(_ type: String, _ fields: HTTPFields) -> Bool {
        let ranges = fields.all("Accept").flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }.map(Range.init)
        guard !ranges.isEmpty else { return true }
        let family = String(decoding: type.utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self) + "/*"
        for name in [type, family, "*/*"] {
            let weights = ranges.filter { $0.name == name }.map(\.weight)
            if let most = weights.max() { return most > 0 }
        }
        return false
    }

    private struct Range {
        let name: String
        /// From 0, never, to 1.
        let weight: Double

        init(_ text: Substring.UTF8View) {
            let parts = text.split(separator: UInt8(ascii: ";")).map { part in
                String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self).lowercased()
            }
            name = parts.first ?? ""
            let told = parts.dropFirst().first { $0.utf8.starts(with: "q=".utf8) }
            weight = told.map { Double(Substring($0.utf8.dropFirst(2))) ?? 0 } ?? 1
        }
    }
}
