// What a text that is kept as it came has to be, on the tape of the message that it stands in, and where it stands.

struct JSONTextRules {
    private let tape: JSONTape
    private let text: ArraySlice<UInt8>

    init(_ tape: JSONTape, of text: ArraySlice<UInt8>) {
        self.tape = tape
        self.text = text
    }

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

    /// The value at a path; nil where there is none, or where a key of the path stands twice.
    func index(at path: [any CodingKey]) -> Int? {
        var index = 0
        for step in path {
            let found: [Int]
            switch tape.tokens[index].kind {
            case .object: found = members(of: index).filter { key($0) == Array(step.stringValue.utf8) }.map { $0 + 1 }
            case .array: found = step.intValue.map { element($0, of: index) } ?? []
            default: return nil
            }
            guard found.count == 1 else { return nil }
            index = found[0]
        }
        return index
    }

    /// The tokens of an object's keys.
    private func members(of object: Int) -> some Sequence<Int> {
        let end = Int(tape.tokens[object].next)
        return sequence(first: object + 1) { [tape] in Int(tape.tokens[$0 + 1].next) }.prefix { $0 < end }
    }

    private func element(_ number: Int, of array: Int) -> [Int] {
        guard number >= 0, number < tape.tokens[array].count else { return [] }
        var index = array + 1
        for _ in 0..<number { index = Int(tape.tokens[index].next) }
        return [index]
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
