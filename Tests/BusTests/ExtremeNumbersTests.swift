// Issues 9 (row 1) and 11: numbers from outside at and beyond the ends of every width, through both directions of the coder.

import Foundation
import Testing

@testable import Bus

/// No number may end the process; where the plain coder gives an answer, it is Foundation's.
@Suite struct ExtremeNumbersTests {
    @Test(arguments: ExtremeNumbers.texts)
    func `a number of any size is read and written again, or refused`(text: String) throws {
        let bytes = Array(text.utf8)
        for type in ExtremeNumbers.types { try Self.carry(type, bytes) }
        for nested in ["[\(text)]", #"{"a":{"b":[\#(text)]}}"#] {
            try Self.carry(JSONValue.self, Array(nested.utf8))
        }
    }

    private static func carry<Value: Codable & Equatable>(_ type: Value.Type, _ bytes: [UInt8]) throws {
        guard let value = try? PayloadCoding.decode(type, from: bytes[...]) else { return }
        let written = try PayloadCoding.encode(value)
        #expect(try PayloadCoding.decode(type, from: written[...]) == value, "\(type)")
    }

    @Test func `the ends of every width are written as they are`() throws {
        try Self.writtenAsItIs(Int.self)
        try Self.writtenAsItIs(UInt.self)
        try Self.writtenAsItIs(Int64.self)
        try Self.writtenAsItIs(UInt64.self)
        try Self.writtenAsItIs(Int32.self)
        try Self.writtenAsItIs(UInt32.self)
        try Self.writtenAsItIs(Int16.self)
        try Self.writtenAsItIs(UInt16.self)
        try Self.writtenAsItIs(Int8.self)
        try Self.writtenAsItIs(UInt8.self)
        try Self.writtenAsItIs(Int128.self)
        try Self.writtenAsItIs(UInt128.self)
    }

    private static func writtenAsItIs<Value: FixedWidthInteger & Codable>(_ type: Value.Type) throws {
        for value in [Value.min, Value.max, 0] {
            #expect(try PayloadCoding.encode(["n": value]) == Array(#"{"n":\#(value)}"#.utf8))
            let text = Array(#"{"n":\#(value)}"#.utf8)
            #expect(try PayloadCoding.decode([String: Value].self, from: text[...]) == ["n": value])
        }
    }
}

/// What a caller may write where a number belongs.
enum ExtremeNumbers {
    static let texts: [String] =
        aroundPowers + [
            "0", "-0", "0.0", "-0.0", "-0e0", "1e3", "1E+3", "01", "-01", ".5e1", "5.", "+1", "\"1\"", "0.1", "0.10",
            "1e-1",
            "1e308", "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "1e400", "-1e400", "5e-324", "2e-324",
            "-5e-324", "1e-400", "1e99999999999999999999", "1e-99999999999999999999", "9223372036854775807.0",
            "-9223372036854775808.0", "-9223372036854775809.0", "9.223372036854775807e18", "-9.223372036854775808e18",
            String(repeating: "9", count: 400), "-" + String(repeating: "9", count: 400),
            "1" + String(repeating: "0", count: 5000),
            "0." + String(repeating: "0", count: 5000) + "1",
        ]

    /// -2^n, 2^n and their neighbours, for the widths of integers and of a Double's mantissa.
    private static let aroundPowers: [String] = [7, 8, 15, 16, 31, 32, 53, 63, 64].flatMap { exponent in
        [Int128(1) << exponent, -(Int128(1) << exponent)].flatMap { power in [-1, 0, 1].map { String(power + $0) } }
    }

    static let types: [any (Codable & Equatable & Sendable).Type] = [
        Int.self, UInt.self, Int64.self, UInt64.self, Int32.self, UInt32.self, Int16.self, UInt16.self, Int8.self,
        UInt8.self, Int128.self, UInt128.self, Double.self, Float.self, Float16.self, Decimal.self, Date.self,
        JSONValue.self, String.self, Bool.self,
    ]
}
