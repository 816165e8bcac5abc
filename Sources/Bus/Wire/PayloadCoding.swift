// Payloads are JSON (RFC 8259), on the bus as at the edge. Decoding errors become `invalid_request` naming the field.
//
// What is plain goes through a coder of our own, several times as fast as Foundation's; what is not, and every error, is Foundation's to
// judge (ADR 0006). So both must agree wherever the plain one succeeds.

import Foundation
internal import StreamSafe

/// Bytes that are passed on as they are: a payload of another codec, or one that this process only hands through.
public struct RawPayload: Codable, Sendable, Equatable {
    /// Nothing is known of them; often JSON.
    public let bytes: [UInt8]
    /// Takes the bytes as they are; nothing is checked.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

package enum PayloadCoding {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
    private static let decoder = JSONDecoder()

    /// One that has the text at hand, for types that keep it.
    static func decoder(of source: JSONSource) -> JSONDecoder {
        let decoder = JSONDecoder()
        if let key = JSONText.source { decoder.userInfo[key] = source }
        return decoder
    }

    /// - Throws: `Failure` with `invalid_request` naming the field.
    package static func decode<Value: Decodable>(_ type: Value.Type, from payload: ArraySlice<UInt8>) throws(Failure)
        -> Value
    {
        // Types are compared before anything is cast: a cast that fails costs as much as decoding a small payload.
        if type == RawPayload.self { return cast(RawPayload(Array(payload))) }
        if type == Empty.self { return cast(Empty()) }
        // Not `try?`: an optional of a type that is known only at run time has to be looked up each time.
        do { return try PlainDecoding.decode(type, from: payload) } catch { return try judge(type, payload) }
    }

    /// The same of what a caller sends: its texts are ones that can be compared (`StreamSafe`).
    static func decodeInput<Value: Decodable>(_ type: Value.Type, from payload: ArraySlice<UInt8>) throws(Failure)
        -> Value
    {
        guard type == RawPayload.self || StreamSafe.keepsInJSON(payload.span) else {
            throw .invalid("body", "has more than \(StreamSafe.mostMarks) combining marks in a row")
        }
        return try decode(type, from: payload)
    }

    private static func judge<Value: Decodable>(
        _ type: Value.Type,
        _ payload: ArraySlice<UInt8>
    ) throws(Failure) -> Value {
        do {
            return try decoder(of: JSONSource(payload)).decode(type, from: Data(payload))
        } catch {
            throw failure(for: error, payload)
        }
    }

    /// Of a value to its own type, under another name.
    private static func cast<Value, Same>(_ value: Value) -> Same {
        guard let same = value as? Same else { preconditionFailure("\(Value.self) is not \(Same.self)") }
        return same
    }

    package static func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
        if Value.self == RawPayload.self, let raw = value as? RawPayload { return raw.bytes }
        if Value.self == Empty.self { return [] }
        if let text = try? PlainEncoding.encode(value) { return text }
        return [UInt8](try encoder.encode(value))
    }

    /// A whole message, written into one buffer: the envelope's bytes, and behind them the value as its payload.
    package static func encode<Value: Encodable>(_ value: Value, behind envelope: Envelope) throws -> [UInt8] {
        if Value.self == RawPayload.self || Value.self == Empty.self { return envelope.encoded() + (try encode(value)) }
        // The buffer is handed over, not kept: kept, it would be copied with the first byte that is written to it.
        if let message = try? PlainEncoding.encode(value, behind: envelope.encoded(reserving: JSONWriter.usualBytes)) {
            return message
        }
        return envelope.encoded() + (try encoder.encode(value))
    }

    private static func failure(for error: any Error, _ payload: ArraySlice<UInt8>) -> Failure {
        guard let error = error as? DecodingError else { return Failure(.invalidRequest, "The body cannot be read.") }
        switch error {
        case .keyNotFound(let key, let context): return .invalid(path(context.codingPath + [key]), "is required")
        case .valueNotFound(_, let context): return .invalid(path(context.codingPath), "must not be null")
        case .typeMismatch(let type, let context):
            return .invalid(path(context.codingPath), "must be \(name(of: type))")
        case .dataCorrupted(let context): return corrupted(context, payload)
        @unknown default: return Failure(.invalidRequest, "The body cannot be read.")
        }
    }

    /// With a path a value type has refused the value and said why. Without one the JSON itself is broken, or has a number that Foundation
    /// cannot turn into the type asked for: it says the same of both, and where it is of neither.
    private static func corrupted(_ context: DecodingError.Context, _ payload: ArraySlice<UInt8>) -> Failure {
        guard context.codingPath.isEmpty else { return .invalid(path(context.codingPath), context.debugDescription) }
        guard (try? decoder.decode(JSONValue.self, from: Data(payload))) != nil else {
            return Failure(.invalidRequest, "The body is not valid JSON.")
        }
        return Failure(
            .invalidRequest,
            "A number in the body is out of range, or has a fraction where an integer belongs."
        )
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "body" : keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is any BinaryInteger.Type: "an integer"
        case is Bool.Type: "true or false"
        case is Double.Type, is Float.Type: "a number"
        case is any Collection.Type where !(type is [String: Any].Type): "a list"
        default: "an object"
        }
    }
}
