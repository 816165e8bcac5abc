// How a scalar is read: what it must be, in words that fit behind "must be", and the function that reads it.
// Values are text; the field decides how to read it, so `8003` and `"8003"` are the same port.

/// What one field accepts.
struct Rule<Value> {
    /// Completes "must be …".
    let wants: String
    /// nil for what is not wanted; throws where more can be said than "must be".
    let read: (String) throws(Refusal) -> Value?

    init(_ wants: String, read: @escaping (String) throws(Refusal) -> Value?) {
        self.wants = wants
        self.read = read
    }
}

/// A problem that does not yet know where it stands.
struct Refusal: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

extension Rule {
    static func integer(_ range: ClosedRange<Int>) -> Rule<Int> {
        Rule<Int>("\(range.lowerBound)–\(range.upperBound)") { text in
            Int(digits: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static func duration(_ range: ClosedRange<Duration>) -> Rule<Duration> {
        let bounds = "\(range.lowerBound.text)–\(range.upperBound.text)"
        return Rule<Duration>("a duration of \(bounds), written with its unit (us, ms, s, m, h, d)") { text in
            Duration(text: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static func size(_ range: ClosedRange<Int>) -> Rule<Int> {
        let bounds = "\(range.lowerBound.sizeText)–\(range.upperBound.sizeText)"
        return Rule<Int>("a size of \(bounds), written with its unit (B, KiB, MiB, GiB)") { text in
            Int(size: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    static var flag: Rule<Bool> {
        Rule<Bool>("true or false") { ["true": true, "false": false][$0] }
    }

    /// One of the names, with a suggestion where one is near.
    static func choice(_ names: [String], as make: @escaping (String) -> Value?) -> Rule {
        Rule("one of \(names.joined(separator: ", "))") { text throws(Refusal) in
            if let value = make(text) { return value }
            guard Spelling.nearest(to: text, among: names) != nil else { return nil }
            let hint = Spelling.hint(for: text, among: names)
            throw Refusal("must be one of \(names.joined(separator: ", ")), got \(quoted(text))\(hint)")
        }
    }

    static func choice() -> Rule where Value: CaseIterable & RawRepresentable<String> {
        choice(Value.allCases.map(\.rawValue), as: Value.init(rawValue:))
    }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}

/// A value as a message shows it: numbers and words as they are, everything else in quotes, long ones cut.
func quoted(_ text: String) -> String {
    let plain =
        !text.isEmpty && text.utf8.count <= 120 && text.utf8.allSatisfy(isAlphanumeric)
    if plain { return text }
    let shown = text.unicodeScalars.prefix(120).map { $0.properties.generalCategory == .control ? "·" : String($0) }
    return "\"\(shown.joined())\(text.unicodeScalars.count > 120 ? "…" : "")\""
}
