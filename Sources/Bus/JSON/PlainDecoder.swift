// What the standard library asks of a `Decoder`, answered from a `PlainDecoding`.

/// One value on the tape, as the standard library asks for it.
package struct PlainDecoder: Decoder, SingleValueDecodingContainer {
    let decoding: PlainDecoding
    let index: Int
    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard decoding.token(index).kind == .object else { throw NotPlain() }
        guard !decoding.token(index).isOdd else { throw decoding.voided() }
        return KeyedDecodingContainer(PlainMembers(decoding: decoding, object: index))
    }

    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard decoding.token(index).kind == .array else { throw NotPlain() }
        return PlainElements(decoding: decoding, array: index)
    }

    package func singleValueContainer() -> any SingleValueDecodingContainer { self }
    package func decodeNil() -> Bool { decoding.isNull(index) }
    package func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoding.value(type, at: index) }
}

struct PlainMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoding: PlainDecoding
    let object: Int
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { decoding.keys(of: object).compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { decoding.member(key.stringValue, of: object) != nil }

    private func index(_ key: some CodingKey) throws -> Int {
        guard let index = decoding.member(key.stringValue, of: object) else { throw NotPlain() }
        return index
    }

    func decodeNil(forKey key: Key) throws -> Bool { decoding.isNull(try index(key)) }

    // What is most frequent goes straight to where it is read; by way of the type it would have to be found out and cast.
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try decoding.text(at: try index(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoding.truth(at: try index(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoding.real(at: try index(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoding.integer(type, at: try index(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try decoding.integer(type, at: try index(key))
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoding.value(type, at: try index(key))
    }

    func nestedContainer<Other: CodingKey>(keyedBy type: Other.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<Other>
    {
        try PlainDecoder(decoding: decoding, index: index(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try PlainDecoder(decoding: decoding, index: index(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw decoding.voided() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw decoding.voided() }
}

struct PlainElements: UnkeyedDecodingContainer {
    let decoding: PlainDecoding
    private let size: Int
    private var element: Int
    private(set) var currentIndex = 0

    init(decoding: PlainDecoding, array: Int) {
        self.decoding = decoding
        size = Int(decoding.token(array).count)
        element = array + 1
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { size }
    var isAtEnd: Bool { currentIndex == size }

    private mutating func advance() {
        element = Int(decoding.token(element).next)
        currentIndex += 1
    }

    private func checkEnd() throws { if isAtEnd { throw NotPlain() } }

    mutating func decodeNil() throws -> Bool {
        try checkEnd()
        guard decoding.isNull(element) else { return false }
        advance()
        return true
    }

    /// Where an attempt fails, and the type goes on all the same, readers may differ in where they stand.
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try checkEnd()
        guard let value = try? decoding.value(type, at: element) else { throw decoding.voided() }
        advance()
        return value
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try checkEnd()
        let container = try PlainDecoder(decoding: decoding, index: element).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try checkEnd()
        let container = try PlainDecoder(decoding: decoding, index: element).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder { throw decoding.voided() }
}
