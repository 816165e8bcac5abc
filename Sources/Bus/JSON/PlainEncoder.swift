// What the standard library asks of an `Encoder`, passed on to a `PlainEncoding`. It refuses containers nested by hand.

/// One value to write, as the standard library asks for it.
struct PlainEncoder: Encoder, SingleValueEncodingContainer {
    let encoding: PlainEncoding
    let level: Int
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(
            PlainMemberWriter(encoding: encoding, level: encoding.begin(isObject: true, at: level))
        )
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        PlainElementWriter(encoding: encoding, level: encoding.begin(isObject: false, at: level))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
    func encodeNil() throws { try encoding.writeNull(at: level) }
    func encode<Value: Encodable>(_ value: Value) throws { try encoding.writeSingle(value, at: level) }
}

struct PlainMemberWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoding: PlainEncoding
    let level: Int
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws {
        try encoding.writeKey(key.stringValue, at: level)
        try encoding.writeNull(at: level)
    }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try encoding.writeKey(key.stringValue, at: level)
        try encoding.write(value)
    }

    // What is most frequent goes straight to where it is written; by way of the type it would have to be found out and cast.
    func encode(_ value: String, forKey key: Key) throws { try encoding.write(value, for: key.stringValue, at: level) }
    func encode(_ value: Int, forKey key: Key) throws { try encoding.write(value, for: key.stringValue, at: level) }
    func encode(_ value: UInt64, forKey key: Key) throws { try encoding.write(value, for: key.stringValue, at: level) }
    func encode(_ value: Bool, forKey key: Key) throws { try encoding.write(value, for: key.stringValue, at: level) }

    func nestedContainer<Other: CodingKey>(keyedBy type: Other.Type, forKey key: Key) -> KeyedEncodingContainer<Other> {
        encoding.voided()
        return PlainEncoder(encoding: encoding, level: level).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoding.voided()
        return PlainEncoder(encoding: encoding, level: level).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { superEncoder(level) }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(level) }

    private func superEncoder(_ level: Int) -> any Encoder {
        encoding.voided()
        return PlainEncoder(encoding: encoding, level: level)
    }
}

struct PlainElementWriter: UnkeyedEncodingContainer {
    let encoding: PlainEncoding
    let level: Int
    var codingPath: [any CodingKey] { [] }
    var count: Int { encoding.elements(at: level) }

    func encodeNil() throws {
        try encoding.separate(at: level)
        try encoding.writeNull(at: level)
    }

    func encode<Value: Encodable>(_ value: Value) throws {
        try encoding.separate(at: level)
        try encoding.write(value)
    }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        encoding.voided()
        return PlainEncoder(encoding: encoding, level: level).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        encoding.voided()
        return PlainEncoder(encoding: encoding, level: level).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        encoding.voided()
        return PlainEncoder(encoding: encoding, level: level)
    }
}
