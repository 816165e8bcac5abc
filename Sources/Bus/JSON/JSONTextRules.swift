// What a text that is kept as it came has to be, on the tape of the message that it stands in, and where it stands.

struct JSONTextRules {
    /// What is in a container, each by the token with which it begins.
    enum Parts {
        case elements([Int]), values([[UInt8]: Int])

        var count: Int {
            switch self {
            case .elements(let elements): elements.count
            case .values(let values): values.count
            }
        }

        func index(of key: any CodingKey) -> Int? {
            switch self {
            case .elements(let elements):
                key.intValue.flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            case .values(let values): values[Array(key.stringValue.utf8)]
            }
        }
    }

    private let tape: JSONTape
    private let text: ArraySlice<UInt8>

    init(_ tape: JSONTape, of text: ArraySlice<UInt8>) {
        self.tape = tape
        self.text = text
    }

    /// So many values and keys there are.
    var count: Int { tape.tokens.count }

    func bytes(of index: Int) -> [UInt8] { Array(tape.bytes(of: index, in: text)) }

    /// What is wrong with a value, as a clause: `has a key twice`; nil for nothing.
    func problem(at index: Int) -> String? {
        let end = Int(tape.tokens[index].next)
        /// Where the containers end that are open.
        var open: [Int] = []
        for at in index..<end {
            while let innermost = open.last, innermost <= at { open.removeLast() }
            let token = tape.tokens[at]
            switch token.kind {
            case .object, .array:
                open.append(Int(token.next))
                if open.count > JSONTape.deepest { return "must be at most \(JSONTape.deepest) levels deep" }
                if token.isOdd && hasDuplicates(at) { return "has an object with a key twice" }
            case .escapedText where JSONEscapes.unescaped(inner(token)) == nil:
                return "has a text with an escape that means nothing"
            default: break
            }
        }
        return nil
    }

    /// Keys are the same where their scalars are, however each is written; that their normal forms are does not matter.
    private func hasDuplicates(_ object: Int) -> Bool {
        var keys: Set<[UInt8]> = []
        return members(of: object).contains { !keys.insert(key($0)).inserted }
    }

    /// Where the parts of a container begin; nil for what is none.
    func parts(of index: Int) -> Parts? {
        switch tape.tokens[index].kind {
        case .object: .values(values(of: index))
        case .array: .elements(elements(of: index))
        default: nil
        }
    }

    /// By the scalars of their keys, without those whose key stands twice.
    private func values(of object: Int) -> [[UInt8]: Int] {
        var values: [[UInt8]: Int] = [:]
        var twice: [[UInt8]] = []
        for member in members(of: object) {
            let key = key(member)
            if values.updateValue(member + 1, forKey: key) != nil { twice.append(key) }
        }
        for key in twice { values[key] = nil }
        return values
    }

    private func elements(of array: Int) -> [Int] {
        var index = array + 1
        return (0..<tape.tokens[array].count)
            .map { _ in
                defer { index = Int(tape.tokens[index].next) }
                return index
            }
    }

    /// The tokens of an object's keys.
    private func members(of object: Int) -> some Sequence<Int> {
        let end = Int(tape.tokens[object].next)
        return sequence(first: object + 1) { [tape] in Int(tape.tokens[$0 + 1].next) }.prefix { $0 < end }
    }

    private func key(_ index: Int) -> [UInt8] {
        let token = tape.tokens[index]
        guard token.kind == .escapedText, let plain = JSONEscapes.unescaped(inner(token)) else {
            return Array(inner(token))
        }
        return Array(plain.utf8)
    }

    private func inner(_ token: JSONTape.Token) -> ArraySlice<UInt8> {
        text[text.startIndex + Int(token.start)..<text.startIndex + Int(token.end)]
    }
}

extension JSONTape {
    /// How deep Foundation's decoder goes.
    static let foundationsDeepest = 512

    /// A value's bytes, a text's with its quotes.
    func bytes(of index: Int, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let token = tokens[index]
        let quotes = token.kind == .text || token.kind == .escapedText ? 1 : 0
        return text[text.startIndex + Int(token.start) - quotes..<text.startIndex + Int(token.end) + quotes]
    }
}
