// Makes a value from a tape: the `Decoder` of what is plain.
//
// Every error and everything special makes the whole attempt void (`NotPlain`), and Foundation's decoder gives the verdict; so what is thrown
// here needs no message, and coding paths are empty. Because a type may try several ways (`try?`), what is not known for certain
// also sets `isVoid`: then not even a value counts.

import Foundation

final class PlainDecoding {
    let tape: JSONTape
    private(set) var isVoid = false

    private init(_ tape: JSONTape) { self.tape = tape }

    /// The value, where it is certain that Foundation's decoder would give the same.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: ArraySlice<UInt8>) throws -> Value {
        let decoding = PlainDecoding(try JSONTape(bytes))
        let value = try decoding.value(type, at: 0)
        guard !decoding.isVoid else { throw NotPlain() }
        return value
    }

    func token(_ index: Int) -> JSONTape.Token { tape.tokens[index] }

    private func bytes(of token: JSONTape.Token) -> ArraySlice<UInt8> { tape.bytes[Int(token.start)..<Int(token.end)] }

    /// Not certain: whatever comes of this attempt does not count.
    func voided() -> NotPlain {
        isVoid = true
        return NotPlain()
    }

    // MARK: Values

    /// Types are compared, not cast: a cast that fails costs as much as decoding a small payload.
    func value<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
        if type == String.self, let value = try text(at: index) as? Value { return value }
        if type == Int.self, let value = try integer(Int.self, at: index) as? Value { return value }
        if type == Bool.self, let value = try truth(at: index) as? Value { return value }
        if type == Double.self, let value = try real(at: index) as? Value { return value }
        if let value = try otherInteger(type, at: index) { return value }
        if Self.isForFoundation(type) { throw voided() }
        return try Value(from: PlainDecoder(decoding: self, index: index))
    }

    /// What Foundation reads in ways of its own.
    static func isForFoundation(_ type: any Any.Type) -> Bool {
        type == Data.self || type == URL.self || type == Decimal.self || type == Float.self
    }

    private func otherInteger<Value>(_ type: Value.Type, at index: Int) throws -> Value? {
        if type == UInt64.self { return try integer(UInt64.self, at: index) as? Value }
        if type == Int64.self { return try integer(Int64.self, at: index) as? Value }
        if type == UInt32.self { return try integer(UInt32.self, at: index) as? Value }
        if type == Int32.self { return try integer(Int32.self, at: index) as? Value }
        if type == UInt16.self { return try integer(UInt16.self, at: index) as? Value }
        if type == Int16.self { return try integer(Int16.self, at: index) as? Value }
        if type == UInt8.self { return try integer(UInt8.self, at: index) as? Value }
        if type == Int8.self { return try integer(Int8.self, at: index) as? Value }
        if type == UInt.self { return try integer(UInt.self, at: index) as? Value }
        return nil
    }

    private func text(at index: Int) throws -> String {
        let token = token(index)
        switch token.kind {
        case .text: return String(decoding: bytes(of: token), as: UTF8.self)
        case .escapedText:
            guard let text = JSONEscapes.unescaped(bytes(of: token)) else { throw voided() }
            return text
        default: throw NotPlain()
        }
    }

    private func truth(at index: Int) throws -> Bool {
        switch token(index).kind {
        case .yes: return true
        case .no: return false
        default: throw NotPlain()
        }
    }

    /// Of at most 18 digits, which no sum overflows; `1.0` and `1e3` are integers to some, so they are not for us to judge.
    private func integer<Value: FixedWidthInteger>(_ type: Value.Type, at index: Int) throws -> Value {
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

    private func real(at index: Int) throws -> Double {
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
        let end = Int(token(object).next)
        var index = object + 1
        while index < end {
            if isKey(key, at: index) { return index + 1 }
            index = Int(token(index + 1).next)
        }
        return nil
    }

    private func isKey(_ key: String, at index: Int) -> Bool {
        let token = token(index)
        return Int(token.end - token.start) == key.utf8.count && bytes(of: token).elementsEqual(key.utf8)
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
