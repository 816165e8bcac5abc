// A field of a producer's collection, and what its values are to both engines: numbers of 64 bits, or texts.
//
//     int32, int64    themselves
//     bool            0, 1
//     float           the bits of the Double, so that the larger is the larger: exact, where Typesense's own floats have 32 bits

import Bus
import Contracts

package struct SchemaField: QueryField {
    /// Its place among the fields of its collection: what it is called in an engine.
    let number: Int
    package let name: String
    let type: FieldType
    let isOptional: Bool
    let isIndexed: Bool
    let isFacet: Bool

    /// What every document has, and no collection declares. It can be filtered by.
    static let id = SchemaField(number: 999, name: "id", type: .string)

    init(number: Int, _ declared: NewCollection.Field) {
        (self.number, name, type) = (number, declared.name.text, declared.type)
        (isOptional, isIndexed) = (declared.optional == true, declared.index != false)
        isFacet = declared.facet == true
    }

    private init(number: Int, name: String, type: FieldType) {
        (self.number, self.name, self.type) = (number, name, type)
        (isOptional, isIndexed, isFacet) = (false, true, false)
    }

    var isArray: Bool { type.element != type }
    var isText: Bool { element == .string }
    package var isNumber: Bool { !isText }
    package var isOrdered: Bool { isNumber && element != .bool }
    /// Documents can be sorted by it: each has one number of it.
    var isSortable: Bool { isNumber && !isArray && !isOptional && isIndexed }

    private var element: FieldType { type.element }

    package var kind: String {
        switch element {
        case .bool: "true or false"
        case .string: "text"
        default: "a number"
        }
    }

    package var valueName: String {
        switch element {
        case .bool: "true or false"
        case .float: "number"
        default: "integer"
        }
    }

    package func number(_ text: String) -> Int? {
        switch element {
        case .bool: text == "true" ? 1 : text == "false" ? 0 : nil
        case .float: Double(text).flatMap(Self.ordered)
        case .int32: Int32(text).map { Int($0) }
        default: Int(text).flatMap { $0 == .min ? nil : $0 }
        }
    }

    /// A value as it is shown, of what an engine has of it.
    func text(_ number: Int) -> String {
        switch element {
        case .bool: number == 0 ? "false" : "true"
        case .float: "\(Self.double(number))"
        default: String(number)
        }
    }

    /// One of the values of a document; `nil` where it is of another type.
    func value(_ json: JSONValue) -> FieldValue? {
        switch (element, json) {
        case (.string, .string(let text)): text.unicodeScalars.contains("\0") ? nil : .text(text)
        case (.bool, .bool(let truth)): .number(truth ? 1 : 0)
        case (.int32, _): Self.whole(json).flatMap { Int32(exactly: $0) }.map { .number(Int($0)) }
        case (.int64, _): Self.whole(json).flatMap { $0 == .min ? nil : .number($0) }
        case (.float, .integer(let number)): Self.ordered(Double(number)).map { .number($0) }
        case (.float, .number(let number)): Self.ordered(number).map { .number($0) }
        default: nil
        }
    }

    private static func whole(_ json: JSONValue) -> Int? {
        switch json {
        case .integer(let number): number
        case .number(let number): Int(exactly: number)
        default: nil
        }
    }

    /// Greater for the greater; -0.0 is 0.0.
    static func ordered(_ value: Double) -> Int? {
        guard value.isFinite else { return nil }
        let magnitude = Int(value.magnitude.bitPattern)
        return value < 0 ? -magnitude : magnitude
    }

    private static func double(_ ordered: Int) -> Double {
        let magnitude = Double(bitPattern: UInt64(ordered.magnitude))
        return ordered < 0 ? -magnitude : magnitude
    }
}

/// A value as both engines compare it.
package enum FieldValue: Sendable, Hashable {
    case number(Int)
    case text(String)
}

extension FieldType {
    /// Of a list, what its elements are; else itself.
    var element: FieldType {
        switch self {
        case .strings: .string
        case .int32s: .int32
        case .int64s: .int64
        case .floats: .float
        case .bools: .bool
        case .string, .int32, .int64, .float, .bool: self
        }
    }

    /// For people: `a list of integers`.
    var words: String {
        switch self {
        case .string: "a string without U+0000"
        case .int32: "an integer of 32 bits"
        case .int64: "an integer of 64 bits above -9223372036854775808"
        case .float: "a number"
        case .bool: "true or false"
        case .strings, .int32s, .int64s, .floats, .bools: "a list, and each element \(element.words)"
        }
    }
}
