// Makes a value from a tape: the `Decoder` of what is plain.
//
// Every error and everything special makes the whole attempt void (`NotPlain`), and Foundation's decoder gives the verdict; so what is thrown
// here needs no message, and coding paths are empty. Because a type may try several ways (`try?`), what is not known for certain
// also sets `isVoid`: then not even a value counts.

import Foundation

final class PlainDecoding {
    private let tape: JSONTape
    private let text: ArraySlice<UInt8>
    private(set) var isVoid = false

    private init(_ text: ArraySlice<UInt8>) throws(NotPlain) {
        self.text = text
        tape = try JSONTape(text)
    }

    /// The value, where it is certain that Foundation's decoder would give the same.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: ArraySlice<UInt8>) throws -> Value {
        let decoding = try PlainDecoding(bytes)
        let value = try decoding.value(type, at: 0)
        guard !decoding.isVoid else { throw NotPlain() }
        return value
    }

    private var tokens: [JSONTape.Token] { tape.tokens }

    func token(_ index: Int) -> JSONTape.Token { tape.tokens[index] }

    private func bytes(of token: JSONTape.Token) -> ArraySlice<UInt8> {
        text[text.startIndex + Int(token.start)..<text.startIndex + Int(token.end)]
    }

    /// Not certain: whatever comes of this attempt does not count.
    func voided() -> NotPlain {
        isVoid = true
        return NotPlain()
    }

    // MARK: Values

    /// Types are compared, not cast: a cast that fails costs as much as decoding a small payload.
    func value<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
        if Self.isScalar(type) { return try scalar(type, at: index) }
        if type == JSONText.self { return try same(try raw(at: index)) }
        if Self.isForFoundation(type) { throw voided() }
        return try Value(from: PlainDecoder(decoding: self, index: index))
    }

    private static func isScalar(_ type: any Any.Type) -> Bool {
        type == String.self || type == Int.self || type == Bool.self || type == Double.self || isOtherInteger(type)
    }

    private func scalar<Value>(_ type: Value.Type, at index: Int) throws -> Value {
        if type == String.self { return try same(try text(at: index)) }
        if type == Int.self { return try same(try integer(Int.self, at: index)) }
        if type == Bool.self { return try same(try truth(at: index)) }
        if type == Double.self { return try same(try real(at: index)) }
        return try same(try otherInteger(type, at: index))
    }

    /// A value as its own type, under another name.
    private func same<Value>(_ value: some Sendable) throws -> Value {
        guard let value = value as? Value else { throw voided() }
        return value
    }

    /// What Foundation reads in ways of its own. Every scalar of the standard library has to be here or among ours: it codes itself as the
    /// single value of its own type, which would ask for it again and again.
    static func isForFoundation(_ type: any Any.Type) -> Bool {
        type == Data.self || type == URL.self || type == Decimal.self || type == Float.self || isRare(type)
    }

    private static func isRare(_ type: any Any.Type) -> Bool {
        type == Int128.self || type == UInt128.self || type == Float16.self
    }

    private static func isOtherInteger(_ type: any Any.Type) -> Bool {
        type == UInt64.self || type == Int64.self || type == UInt32.self || type == Int32.self || type == UInt16.self
            || type == Int16.self || type == UInt8.self || type == Int8.self || type == UInt.self
    }

    private func otherInteger(_ type: any Any.Type, at index: Int) throws -> any Sendable {
        switch type {
        case is UInt64.Type: try integer(UInt64.self, at: index)
        case is Int64.Type: try integer(Int64.self, at: index)
        case is UInt32.Type: try integer(UInt32.self, at: index)
        case is Int32.Type: try integer(Int32.self, at: index)
        case is UInt16.Type: try integer(UInt16.self, at: index)
        case is Int16.Type: try integer(Int16.self, at: index)
        case is UInt8.Type: try integer(UInt8.self, at: index)
        case is Int8.Type: try integer(Int8.self, at: index)
        default: try integer(UInt.self, at: index)
        }
    }

    func text(at index: Int) throws -> String {
        let token = token(index)
        switch token.kind {
        case .text: return String(decoding: bytes(of: token), as: UTF8.self)
        case .escapedText:
            guard let text = JSONEscapes.unescaped(bytes(of: token)) else { throw voided() }
            return text
        default: throw NotPlain()
        }
    }

    /// The text of a value as it stands. What is wrong with it, Foundation's decoder is told by the type itself.
    private func raw(at index: Int) throws -> JSONText {
        guard JSONTextRules(tape, of: text).problem(at: index) == nil else { throw voided() }
        return JSONText(trusted: Array(tape.bytes(of: index, in: text)))
    }

    func truth(at index: Int) throws -> Bool {
        switch token(index).kind {
        case .yes: return true
        case .no: return false
        default: throw NotPlain()
        }
    }

    /// Of at most 18 digits, which no sum overflows; `1.0` and `1e3` are integers to some, so they are not for us to judge.
    func integer<Value: FixedWidthInteger>(_ type: Value.Type, at index: Int) throws -> Value {
        let token = token(index)
        guard token.kind == .integer, token.end - token.start <= 18 else {
            throw token.kind == .integer || token.kind == .number ? voided() : NotPlain()
        }
        let digits = bytes(of: token)
        let isNegative = digits.first == UInt8(ascii: "-")
        let size = digits.dropFirst(isNegative ? 1 : 0).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard let value = Value(exactly: isNegative ? -size : size) else { throw voided() }
        return value
    }

    func real(at index: Int) throws -> Double {
        let token = token(index)
        guard token.kind == .integer || token.kind == .number else { throw NotPlain() }
        guard let value = Double(String(decoding: bytes(of: token), as: UTF8.self)), value.isFinite,
            value != 0 || token.kind == .integer
        else {
            throw voided()
        }
        return value
    }

    // MARK: Members

    func isNull(_ index: Int) -> Bool { token(index).kind == .null }

    /// The token of a member's value; looking through all of them is quick, since a plain object has few.
    func member(_ key: String, of object: Int) -> Int? {
        let end = Int(tokens[object].next)
        let text = text
        let bytes = text.span
        var index = object + 1
        while index < end {
            let token = tokens[index]
            if bytes.extracting(Int(token.start)..<Int(token.end)).hasBytes(of: key) { return index + 1 }
            index = Int(tokens[index + 1].next)
        }
        return nil
    }

    func keys(of object: Int) -> [String] {
        let end = Int(token(object).next)
        var keys: [String] = []
        var index = object + 1
        while index < end {
            keys.append(String(decoding: bytes(of: token(index)), as: UTF8.self))
            index = Int(token(index + 1).next)
        }
        return keys
    }
}
