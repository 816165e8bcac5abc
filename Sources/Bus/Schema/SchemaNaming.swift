// What a derived schema says beside its rules: the name of its type, and an example.
//
// Objects, choices and lists are named; a text or a number is what it is. Types that have no name of their own to show, generic ones and those
// within functions, stay without.

extension JSONSchema {
    /// The module left out: `Contracts.KMS.Tokens` is `KMS.Tokens`.
    func named(after type: Any.Type) -> JSONSchema {
        let isWorthIt = properties?.isEmpty == false || allowed != nil || items != nil
        guard title == nil, isWorthIt, let name = Self.name(of: type) else { return self }
        var named = self
        named.title = name
        return named
    }

    private static func name(of type: Any.Type) -> String? {
        let path = String(reflecting: type).utf8.split(separator: UInt8(ascii: ".")).dropFirst().map { Substring($0) }
        let name = path.joined(separator: ".")
        return isTitle(name) ? name : nil
    }

    /// Words of ASCII letters, digits and `_` between points.
    package static func isTitle(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return text.utf8.count <= 128 && words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isWordByte) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// A text with rules of its own shows one that keeps them: nobody guesses that from a pattern.
    func illustrated(by sample: Any?) -> JSONSchema {
        guard kinds == [.string], allowed == nil, examples == nil, let sample = sample as? any Encodable,
            let bytes = try? PayloadCoding.encode(sample),
            let value = try? PayloadCoding.decode(JSONValue.self, from: bytes[...])
        else { return self }
        var illustrated = self
        illustrated.examples = [value]
        return illustrated
    }
}
