// Values from the environment, so that one file serves containers and loopback:
//
//   ${KMS_CALLS}              the variable; a problem if it is not set
//   ${KMS_CALLS:-kms:7311}    the variable, or what stands behind `:-` if it is not set or empty
//   $$                        a dollar
//
// Only in values, never in keys; not nested; names are capitals, digits and underscores. Any other dollar is refused,
// because a typing mistake must not become part of a password file's name. What is put in is not read again: a variable
// can give a value, not YAML.

enum Placeholders {
    /// The text with every placeholder replaced.
    static func expand(_ text: String, from environment: [String: String]) throws(Refusal) -> String {
        var result = ""
        var rest = text.utf8[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            result += Substring(rest[..<dollar])
            rest = rest[rest.index(after: dollar)...]
            if rest.first == UInt8(ascii: "$") {
                result += "$"
                rest = rest.dropFirst()
            } else {
                result += try value(at: &rest, environment)
            }
        }
        return result + Substring(rest)
    }

    /// Reads `{NAME}` or `{NAME:-default}` from the front of `rest`.
    private static func value(
        at rest: inout Substring.UTF8View,
        _ environment: [String: String]
    ) throws(Refusal) -> String {
        guard rest.first == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
            throw Refusal("has a `$` that starts no placeholder; write ${NAME}, ${NAME:-default}, or $$ for a dollar")
        }
        let body = rest[..<end].dropFirst()
        rest = rest[rest.index(after: end)...]
        let name = String(Substring(body.prefix { $0 != UInt8(ascii: ":") }))
        let fallback = body.dropFirst(name.utf8.count)
        guard isName(name), fallback.isEmpty || fallback.starts(with: ":-".utf8), !fallback.contains(UInt8(ascii: "$"))
        else {
            throw Refusal(
                "has the placeholder ${\(Substring(body))}; write ${NAME} or ${NAME:-default}, NAME in capitals"
            )
        }
        if let set = environment[name], !set.isEmpty || fallback.isEmpty { return set }
        guard !fallback.isEmpty else {
            throw Refusal(
                "needs the environment variable \(name), which is not set; set it or write ${\(name):-default}"
            )
        }
        return String(Substring(fallback.dropFirst(2)))
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { $0 == 0x5F || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
    }
}
