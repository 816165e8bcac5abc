// Requests made of a JSON Schema: one that is plain, and for each of its numeric fields one with each number that hurts.

import Bus
import Foundation

enum SampleInput {
    struct Request: CustomStringConvertible {
        let target: String
        let body: [UInt8]?
        let number: String
        var description: String { "\(target) \(String(decoding: (body ?? []).prefix(300), as: UTF8.self))" }
    }

    /// The ends of every width with their neighbours, and what no width holds.
    static let numbers: [String] =
        [7, 8, 15, 16, 31, 32, 53, 63, 64].flatMap { exponent in
            [Int128(1) << exponent, -(Int128(1) << exponent)].flatMap { power in [-1, 0, 1].map { String(power + $0) } }
        } + [
            "0", "-0", "-0.0", "1.0", "0.5", ".5e1", "01", "+1", "1e3", "1e308", "1e309", "1e400", "-1e400", "5e-324",
            "1e-400",
            "1e99999999999999999999", "-9223372036854775808.0", "9223372036854775807.0", "1.7976931348623157e308",
            "NaN",
            "Infinity", "\"1\"", "true", "null", String(repeating: "9", count: 400),
            "-1" + String(repeating: "0", count: 1000),
        ]

    /// The bodies: each numeric field takes each number in turn.
    static func extremes(of schema: JSONSchema) -> [[UInt8]] {
        var texts: [String] = []
        for path in numericPaths(in: schema) {
            for number in numbers { texts.append(text(of: schema, at: [], replacing: path, by: number)) }
        }
        return texts.map { Array($0.utf8) }
    }

    static func plain(of schema: JSONSchema) -> [UInt8] { Array(text(of: schema, at: [], replacing: nil, by: "").utf8) }

    /// The same as HTTP requests: path and query where the operation has its input there.
    static func requests(of schema: JSONSchema, _ method: String, _ path: String) -> [Request] {
        let inBody = !["GET", "DELETE"].contains(method)
        return numericPaths(in: schema).flatMap { field in
            numbers.map { number in
                let fields = schema.properties ?? [:]
                var target = path
                var query: [String] = []
                for (name, property) in fields.sorted(by: { $0.key < $1.key }) {
                    let value =
                        field == [name] ? number : unquoted(text(of: property, at: [name], replacing: nil, by: ""))
                    let encoded = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    if target.contains("{\(name)}") {
                        target = target.replacingOccurrences(of: "{\(name)}", with: encoded)
                    } else if !inBody, field == [name] || schema.required?.contains(name) == true {
                        query.append("\(name)=\(encoded)")
                    }
                }
                if !query.isEmpty { target += "?" + query.joined(separator: "&") }
                let body = inBody ? Array(text(of: schema, at: [], replacing: field, by: number).utf8) : nil
                return Request(target: target, body: body, number: String(number.prefix(100)))
            }
        }
    }

    // MARK: -

    /// Where numbers belong, and where anything does.
    private static func numericPaths(in schema: JSONSchema, at path: [String] = []) -> [[String]] {
        if schema.kinds.contains(.integer) || schema.kinds.contains(.number) { return [path] }
        if let items = schema.items?.value { return numericPaths(in: items, at: path + ["[]"]) }
        let inner = (schema.properties ?? [:]).sorted { $0.key < $1.key }
        if inner.isEmpty, schema.kinds.isEmpty { return path.isEmpty ? [] : [path] }
        return inner.flatMap { numericPaths(in: $0.value, at: path + [$0.key]) }
    }

    private static func text(of schema: JSONSchema, at path: [String], replacing: [String]?, by number: String)
        -> String
    {
        if path == replacing { return number }
        if let items = schema.items?.value {
            return "[\(text(of: items, at: path + ["[]"], replacing: replacing, by: number))]"
        }
        switch schema.kinds.first(where: { $0 != .null }) {
        case .object:
            let members = (schema.properties ?? [:]).sorted { $0.key < $1.key }
                .filter {
                    schema.required?.contains($0.key) == true || replacing?.starts(with: path + [$0.key]) == true
                }
                .map { "\"\($0.key)\":\(text(of: $0.value, at: path + [$0.key], replacing: replacing, by: number))" }
            return "{\(members.joined(separator: ","))}"
        case .integer, .number: return "\(max(schema.minimum ?? 1, 1))"
        case .boolean: return "true"
        case .string:
            return "\"\(schema.allowed?.first ?? String(repeating: "a", count: max(1, schema.minLength ?? 1)))\""
        case .array: return "[]"
        default: return "null"
        }
    }

    private static func unquoted(_ text: String) -> String {
        text.hasPrefix("\"") ? String(text.dropFirst().dropLast()) : text
    }
}
