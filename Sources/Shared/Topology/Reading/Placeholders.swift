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
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.hasPrefix("$") {
                result += "$"
                rest = rest.dropFirst()
            } else {
                result += try value(at: &rest, environment)
            }
        }
        return result + rest
    }

    /// Reads `{NAME}` or `{NAME:-default}` from the front of `rest`.
    private static func value(
        at rest: inout Substring,
        _ environment: [String: String]
    ) throws(Refusal) -> String {
        guard rest.hasPrefix("{"), let end = rest.firstIndex(of: "}") else {
            throw Refusal("has a `$` that starts no placeholder; write ${NAME}, ${NAME:-default}, or $$ for a dollar")
        }
        let body = rest[..<end].dropFirst()
        rest = rest[rest.index(after: end)...]
        let name = String(body.prefix { $0 != ":" })
        let fallback = body.dropFirst(name.count)
        guard isName(name), fallback.isEmpty || fallback.hasPrefix(":-"), !fallback.contains("$") else {
            throw Refusal("has the placeholder ${\(body)}; write ${NAME} or ${NAME:-default}, NAME in capitals")
        }
        if let set = environment[name], !set.isEmpty || fallback.isEmpty { return set }
        guard !fallback.isEmpty else {
            throw Refusal(
                "needs the environment variable \(name), which is not set; set it or write ${\(name):-default}"
            )
        }
        return String(fallback.dropFirst(2))
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isUppercase || $0.isNumber)) }
    }
}
