// Derives a JSON Schema from a Codable type by decoding it from nothing and writing down what it asks for.
//
//     struct Credentials: Codable { let username: Username; let password: String; let roles: String? }
//     init(from:) asks:  container(keyedBy:) · decode(Username, "username") · decode(String, "password") · decodeIfPresent("roles")
//     written down:      {"type":"object","required":["username","password"],"properties":{…},"additionalProperties":false}
//
// Types with rules of their own (`SchemaProviding`) answer for themselves. It refuses recursive types: they would never end.

import Synchronization

extension JSONSchema {
    /// What a type asks for is always the same, and operations are declared anew for each service that is brought up.
    private static let known = Mutex<[ObjectIdentifier: JSONSchema]>([:])

    /// The schema of a Codable type.
    public static func derived<Value: Decodable>(from type: Value.Type) -> JSONSchema {
        let id = ObjectIdentifier(type)
        if let schema = known.withLock({ $0[id] }) { return schema }
        let schema = SchemaRecorder().record(type).schema
        known.withLock { $0[id] = schema }
        return schema
    }
}

/// One level of the derivation: what the type in hand has asked for so far.
private final class SchemaRecorder: Decoder {
    var schema = JSONSchema.any
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// The schema of a type and a value of it, or no value where `init(from:)` would not take the samples.
    func record<Value: Decodable>(_ type: Value.Type) -> (schema: JSONSchema, sample: Value?) {
        if let provider = type as? any SchemaProviding.Type {
            let sample = provider.sample as? Value
            return (provider.schema.named(after: type).illustrated(by: sample), sample)
        }
        let sample = try? Value(from: self)
        if let refining = type as? any SchemaRefining.Type { refining.refine(&schema) }
        return (schema.named(after: type), sample)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        schema = JSONSchema(.object)
        schema.properties = [:]
        schema.required = []
        schema.additionalProperties = false
        return KeyedDecodingContainer(KeyedRecorder<Key>(recorder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        schema = JSONSchema(.array)
        return UnkeyedRecorder(recorder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleRecorder(recorder: self) }
}

/// What every container does alike: name the kind of a primitive and give a sample of it.
private enum Primitive {
    static func kind<Value>(of type: Value.Type) -> JSONSchema.Kind? {
        switch type {
        case is String.Type: .string
        case is Bool.Type: .boolean
        case is any BinaryInteger.Type: .integer
        case is Double.Type, is Float.Type: .number
        default: nil
        }
    }
}

/// The error with which a type without a usable sample ends the derivation of its parent; what was asked so far stays written.
private struct NoSample: Error {}

private func recordChild<Value: Decodable>(_ type: Value.Type) throws -> (JSONSchema, Value) {
    if let kind = Primitive.kind(of: type), let sample = primitiveSample(type) {
        var schema = JSONSchema(kind)
        if type is any UnsignedInteger.Type { schema.minimum = 0 }
        return (schema, sample)
    }
    let (schema, sample) = SchemaRecorder().record(type)
    guard let sample else { throw NoSample() }
    return (schema, sample)
}

private func primitiveSample<Value: Decodable>(_ type: Value.Type) -> Value? {
    let samples: [Any] = [
        "", false, 0, Int8(0), Int16(0), Int32(0), Int64(0), UInt(0), UInt8(0), UInt16(0), UInt32(0), UInt64(0), 0.0,
        Float(0),
    ]
    return samples.lazy.compactMap { $0 as? Value }.first
}

private struct KeyedRecorder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    let codingPath: [any CodingKey] = []
    /// None: a dictionary of free keys records as an object that allows any.
    var allKeys: [Key] {
        recorder.schema.additionalProperties = true
        return []
    }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        let (schema, sample) = try recordChild(type)
        recorder.schema.properties?[key.stringValue] = schema
        recorder.schema.required?.append(key.stringValue)
        return sample
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        var (schema, sample) = try recordChild(type)
        if !schema.kinds.isEmpty { schema.kinds.append(.null) }
        recorder.schema.properties?[key.stringValue] = schema
        return sample
    }

    // The protocol asks for one `decodeIfPresent` a primitive; without these the default ones would call `decode` and record "required".
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try optional(type, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try optional(type, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try optional(type, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try optional(type, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try optional(type, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(type, key) }

    private func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
        var (schema, sample) = try recordChild(type)
        schema.kinds.append(.null)
        recorder.schema.properties?[key.stringValue] = schema
        return sample
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<Nested>
    {
        throw NoSample()
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw NoSample() }
    func superDecoder() throws -> any Decoder { throw NoSample() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw NoSample() }
}

/// An array is asked for one element, which names the kind of all.
private struct UnkeyedRecorder: UnkeyedDecodingContainer {
    let recorder: SchemaRecorder
    let codingPath: [any CodingKey] = []
    var count: Int? { 1 }
    var currentIndex = 0
    var isAtEnd: Bool { currentIndex > 0 }

    mutating func decodeNil() -> Bool { false }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (schema, sample) = try recordChild(type)
        recorder.schema.items = Boxed(schema)
        currentIndex += 1
        return sample
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw NoSample()
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw NoSample() }
    mutating func superDecoder() throws -> any Decoder { throw NoSample() }
}

private struct SingleRecorder: SingleValueDecodingContainer {
    let recorder: SchemaRecorder
    let codingPath: [any CodingKey] = []

    func decodeNil() -> Bool { false }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (schema, sample) = try recordChild(type)
        recorder.schema = schema
        return sample
    }
}
