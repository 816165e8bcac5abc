// Writes a value as JSON in one pass: the `Encoder` of what is plain. What is written, and in which order, is `JSONWriter`'s; here is what
// types are.
//
// Only what is certain counts: what does not fit (nested containers by hand, two containers for one value, a key twice, numbers that
// JSON has not) makes the whole text void, and Foundation's encoder does it.

import Foundation

final class PlainEncoding {
    /// One struct, so that each step of an encoder is one access to this object and not one for each part of it.
    private var writer: JSONWriter

    private init(behind head: consuming [UInt8]) { writer = JSONWriter(behind: head) }

    /// The text, where it is certain that Foundation's encoder would write the same.
    static func encode(_ value: some Encodable, behind head: consuming [UInt8] = []) throws -> [UInt8] {
        let encoding = PlainEncoding(behind: head)
        try encoding.write(value)
        return try encoding.writer.finish()
    }

    @discardableResult  // containers that cannot throw only leave the mark
    func voided() -> NotPlain {
        writer.isVoid = true
        return NotPlain()
    }

    // MARK: Values

    func write<Value: Encodable>(_ value: Value) throws {
        if try writeScalar(value) { return }
        if PlainDecoding.isForFoundation(Value.self) { throw voided() }
        let depth = try writer.expectValue()
        try value.encode(to: PlainEncoder(encoding: self, level: depth))
        try writer.endValue(depth)
    }

    /// The value in hand as a single one, which it may be once.
    func writeSingle(_ value: some Encodable, at level: Int) throws {
        try writer.checkIsOpen(level)
        try write(value)
    }

    /// Types are compared before anything is cast.
    private func writeScalar<Value: Encodable>(_ value: Value) throws -> Bool {
        let type = Value.self
        if type == String.self, let value = value as? String { return fill { $0.write(value) } }
        if type == Int.self, let value = value as? Int { return fill { $0.write(value) } }
        if type == Bool.self, let value = value as? Bool { return fill { $0.write(value) } }
        if type == Double.self, let value = value as? Double { return try write(real: value) }
        if type == UInt64.self, let value = value as? UInt64 { return fill { $0.write(value) } }
        if type == UInt.self, let value = value as? UInt { return fill { $0.write(value) } }
        if type == JSONText.self, let value = value as? JSONText { return fill { $0.write(raw: value.bytes) } }
        guard let value = Self.otherInteger(value) else { return false }
        return fill { $0.write(value) }
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

    private func fill(_ body: (inout JSONWriter) -> Void) -> Bool {
        body(&writer)
        return true
    }

    func writeNull(at level: Int) throws {
        try writer.checkLevel(level)
        writer.writeNull()
    }

    private func write(real: Double) throws -> Bool {
        // The magnitude, since the least integer has no absolute value of its own type.
        guard let whole = Int(exactly: real), whole.magnitude < 1 << 53, real.sign == .plus || whole != 0 else {
            throw voided()
        }
        return fill { $0.write(whole) }
    }

    // MARK: Containers

    /// Opens the value in hand as a container; returns the level that may write to it.
    func begin(isObject: Bool, at level: Int) -> Int { writer.begin(isObject: isObject, at: level) }

    /// Before the next element of the container at that level.
    func separate(at level: Int) throws { try writer.separate(at: level) }

    func elements(at level: Int) -> Int { writer.elements(at: level) }

    func writeKey(_ key: String, at level: Int) throws { try writer.writeKey(key, at: level) }

    // What is most frequent: a member whose type needs no finding out.

    func write(_ value: String, for key: String, at level: Int) throws {
        try writer.write(value, for: key, at: level)
    }

    func write(_ value: some FixedWidthInteger, for key: String, at level: Int) throws {
        try writer.writeKey(key, at: level)
        writer.write(value)
    }

    func write(_ value: Bool, for key: String, at level: Int) throws {
        try writer.writeKey(key, at: level)
        writer.write(value)
    }
}
