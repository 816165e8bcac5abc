// Broken JSON, as much as there is time for: nothing traps, and those who read the same text after each other read the same in it.

import Bus
import Fuzzing
import Histories
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(30))) struct FuzzTests {
    private static let mutator = Mutator(
        seeds: [
            #"{"elementType":"script","elementId":7,"comment":"a \"b\" \u00e9 \ud83d\ude00"}"#,
            #"[1,-0,2.50,1e9,-1E-9,9223372036854775807,18446744073709551616,1e400]"#,
            #"{"a":{"b":[{"c":[[],{}]}],"d":null},"e":[true,false,"\\\/\b\f\n\r\t"]}"#, #""""#, "0", " null ",
            "{\"create\":{\"a\":1}}\n{\"move\":{\"a\":2}}\r\n",
        ],
        words: [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\udc00", "\\u0000", "\0", "\n", "\r",
            "\u{FEFF}",
            "\u{FF}", "-", ".", "e+", "00", "01", "9223372036854775808", "-9223372036854775809", "1e999", "NaN", "nul",
            "true", "{}", "\"a\":1,", "\u{301}", String(repeating: "[", count: 63), String(repeating: "]", count: 63),
            String(repeating: "9", count: 400),
        ]
    )

    @Test func `whatever the text, it is read to the end or refused by a column, and all read the same`() throws {
        var run = FuzzRun("GatewayTests.FuzzTests")
        var accepted = 0
        while let seed = run.nextCase() {
            var dice = SeededGenerator(seed: seed)
            let text = Self.mutator.text(&dice)
            let said = Comment(rawValue: "case \(seed): \(String(decoding: text, as: UTF8.self).debugDescription)")
            _ = JSONSkim.members(["a", "create"], of: text[...])
            let value: JSONValue
            do throws(JSONFault) { value = try JSONReader.read(text) } catch {
                #expect((1...text.count + 1).contains(error.column), said)
                continue
            }
            accepted += 1
            // What the edge lets through, no service behind it may stumble over: as bytes, or as values where a Double holds them.
            #expect(JSONText(text) != nil, said)
            if Self.isFinite(value) {
                #expect(throws: Never.self, said) { try PayloadCoding.decode(JSONValue.self, from: text[...]) }
            }
            var (parts, most) = (0, 0)
            JSONSkim.each(in: text[...]) { _, _ in parts += 1 }
            switch value {
            case .array(let items): most = items.count
            case .object(let members): most = members.count
            default: break
            }
            // Keys that differ in their normalisation alone are two members, and one in a dictionary.
            #expect(parts >= most, said)
            for schema in Self.schemas { _ = SchemaValidator.problems(of: value, against: schema) }
        }
        #expect(accepted > 0)
    }

    @Test func `whatever the lines, what is made of them is JSON`() throws {
        var list = JSONSchema.array(of: Self.schemas[0])
        list.maxItems = 100
        var schema = JSONSchema(.object)
        schema.properties = ["list": list]
        let input = LinesInput(LineMembers(input: "list", output: "results"), of: schema)
        var run = FuzzRun("GatewayTests.FuzzTests")
        while let seed = run.nextCase() {
            var dice = SeededGenerator(seed: seed)
            let text = Self.mutator.text(&dice)
            guard let object = try? input.object(text, members: Array(#""atomic":true"#.utf8)[...]) else { continue }
            #expect(
                throws: Never.self,
                "case \(seed): \(String(decoding: text, as: UTF8.self).debugDescription)"
            ) { try PayloadCoding.decode(JSONValue.self, from: object[...]) }
        }
    }

    private static func isFinite(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): number.isFinite
        case .array(let items): items.allSatisfy(isFinite)
        case .object(let members): members.values.allSatisfy(isFinite)
        default: true
        }
    }

    private static let schemas: [JSONSchema] = {
        var object = JSONSchema(.object)
        object.required = ["a"]
        object.properties = [
            "a": .integer(1...9), "elementId": .integer(0...Int.max), "e": .array(of: .integer(1...2)),
        ]
        object.additionalProperties = false
        return [object, .integer(Int.min...Int.max), .array(of: object), .any]
    }()
}
