// Writes a value as JSON in one pass, members in the order of their keys: the `Encoder` of what is plain.
//
// Containers are closed by whoever opened the value, and only the innermost may be written to: so nothing is kept but the text itself and
// where the members of open objects begin. What does not fit (nested containers by hand, two containers for one value, a key
// twice, numbers that JSON has not) makes the whole text void, and Foundation's encoder does it.

import Foundation

final class PlainEncoding {
    private struct Member {
        let key: String
        let start: Int
    }

    private struct Open {
        let isObject: Bool
        let start: Int
        /// Where its members begin in `members`.
        let firstMember: Int
        var count = 0
        var isSorted = true
    }

    private var text: [UInt8] = []
    private var open: [Open] = []
    private var members: [Member] = []
    /// Whether the value in hand has been written or its container opened.
    private var isFilled = false
    private(set) var isVoid = false

    private init() {
        text.reserveCapacity(256)
    }

    /// The text, where it is certain that Foundation's encoder would write the same.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoding = PlainEncoding()
        try encoding.write(value)
        guard !encoding.isVoid else { throw NotPlain() }
        return encoding.text
    }

    @discardableResult  // containers that cannot throw only leave the mark
    func voided() -> NotPlain {
        isVoid = true
        return NotPlain()
    }

    // MARK: Values

    func write<Value: Encodable>(_ value: Value) throws {
        if try writeScalar(value) { return }
        if PlainDecoding.isForFoundation(Value.self) { throw voided() }
        let depth = open.count
        guard depth < JSONTape.deepest else { throw voided() }
        isFilled = false
        try value.encode(to: PlainEncoder(encoding: self, level: depth))
        if open.count > depth { try closeInnermost() }
        guard isFilled, open.count == depth else { throw voided() }
    }

    /// The value in hand as a single one, which it may be once.
    func writeSingle(_ value: some Encodable, at level: Int) throws {
        guard !isFilled, open.count == level else { throw voided() }
        try write(value)
    }

    /// Types are compared before anything is cast.
    private func writeScalar<Value: Encodable>(_ value: Value) throws -> Bool {
        let type = Value.self
        if type == String.self, let value = value as? String { return fill { write(text: value) } }
        if type == Int.self, let value = value as? Int { return fill { write(integer: value) } }
        if type == Bool.self, let value = value as? Bool { return fill { write(word: value ? "true" : "false") } }
        if type == Double.self, let value = value as? Double { return try write(real: value) }
        if type == UInt64.self, let value = value as? UInt64 { return fill { write(integer: value) } }
        guard let value = Self.otherInteger(value) else { return false }
        return fill { write(integer: value) }
    }

    private static func otherInteger<Value>(_ value: Value) -> Int? {
        let type = Value.self
        if type == Int64.self { return (value as? Int64).map { Int($0) } }
        if type == Int32.self { return (value as? Int32).map { Int($0) } }
        if type == UInt32.self { return (value as? UInt32).map { Int($0) } }
        if type == Int16.self { return (value as? Int16).map { Int($0) } }
        if type == UInt16.self { return (value as? UInt16).map { Int($0) } }
        if type == Int8.self { return (value as? Int8).map { Int($0) } }
        if type == UInt8.self { return (value as? UInt8).map { Int($0) } }
        return nil
    }

    private func fill(_ body: () -> Void) -> Bool {
        body()
        isFilled = true
        return true
    }

    func writeNull(at level: Int) throws {
        guard open.count == level else { throw voided() }
        _ = fill { write(word: "null") }
    }

    private func write(word: String) { text.append(contentsOf: word.utf8) }

    private func write(integer: some BinaryInteger) { text.append(contentsOf: String(integer).utf8) }

    private func write(real: Double) throws -> Bool {
        guard let whole = Int(exactly: real), abs(whole) < 1 << 53, real.sign == .plus || whole != 0 else {
            throw voided()
        }
        return fill { write(integer: whole) }
    }

    private func write(text value: String) {
        text.append(UInt8(ascii: "\""))
        if value.utf8.contains(where: JSONEscapes.isSpecial) {
            for byte in value.utf8 {
                if JSONEscapes.isSpecial(byte) { JSONEscapes.append(byte, to: &text) } else { text.append(byte) }
            }
        } else {
            text.append(contentsOf: value.utf8)
        }
        text.append(UInt8(ascii: "\""))
    }

    // MARK: Containers

    /// Opens the value in hand as a container; returns the level that may write to it.
    func begin(isObject: Bool, at level: Int) -> Int {
        if isFilled || open.count != level { voided() }
        isFilled = true
        open.append(Open(isObject: isObject, start: text.count, firstMember: members.count))
        text.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        return open.count
    }

    /// Before the next element of the container at that level.
    func separate(at level: Int) throws {
        guard open.count == level else { throw voided() }
        if open[level - 1].count > 0 { text.append(UInt8(ascii: ",")) }
        open[level - 1].count += 1
    }

    func elements(at level: Int) -> Int { level <= open.count ? open[level - 1].count : 0 }

    func writeKey(_ key: String, at level: Int) throws {
        try separate(at: level)
        let mine = open[level - 1]
        if members.count > mine.firstMember, key <= members[members.count - 1].key { open[level - 1].isSorted = false }
        members.append(Member(key: key, start: text.count))
        write(text: key)
        text.append(UInt8(ascii: ":"))
    }

    private func closeInnermost() throws {
        guard let last = open.popLast() else { throw voided() }
        if last.isObject { try sort(last) }
        text.append(last.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        isFilled = true
    }

    private func sort(_ object: Open) throws {
        let mine = members[object.firstMember...]
        members.removeSubrange(object.firstMember...)
        guard !object.isSorted else { return }
        let ends = mine.dropFirst().map { $0.start - 1 } + [text.count]
        let pieces = zip(mine, ends).map { ($0.key, text[$0.start..<$1]) }.sorted { $0.0 < $1.0 }
        guard zip(pieces, pieces.dropFirst()).allSatisfy({ $0.0 != $1.0 }) else { throw voided() }
        text.replaceSubrange((object.start + 1)..., with: Array(pieces.map(\.1).joined(separator: [UInt8(ascii: ",")])))
    }
}
