// An envelope's bytes both ways: what was written comes back, what does not add up is refused by name, and no bytes make the decoder trap.

import Testing

@testable import Bus

@Suite struct EnvelopeTests {
    /// A call with every field; its fields end where the payload `{}` begins.
    static let full: Envelope = {
        var generator = SeededGenerator(seed: 7)
        var envelope = generator.envelope(.call, fields: 127)
        envelope.payload = [0x7B, 0x7D]
        return envelope
    }()

    /// The 24 bytes of a call whose fields are said to be so long.
    static func header(fieldsLength: UInt32 = 0, magic: UInt8 = 0xFA, version: UInt8 = 1, kind: UInt8 = 1) -> [UInt8] {
        var bytes: [UInt8] = [magic, version, kind, 0]
        bytes.appendBigEndian(fieldsLength)
        return bytes + [UInt8](repeating: 0, count: 16)
    }

    static func message(fields: [UInt8], payload: [UInt8] = []) -> [UInt8] {
        header(fieldsLength: UInt32(fields.count)) + fields + payload
    }

    static func error(decoding bytes: [UInt8]) -> EnvelopeError? {
        do {
            _ = try Envelope(decoding: bytes[...])
            return nil
        } catch { return error }
    }

    // MARK: Round trips

    @Test(arguments: MessageKind.allCases)
    func `a message of any kind with any fields comes back from its bytes as it was`(kind: MessageKind) throws {
        var generator = SeededGenerator(seed: UInt64(kind.rawValue))
        for fields in 0..<128 {
            let envelope = generator.envelope(kind, fields: fields)
            #expect(try Envelope(decoding: envelope.encoded()[...]) == envelope)
        }
    }

    @Test func `a message in the middle of other bytes is read like one that stands alone`() throws {
        let bytes = Self.full.encoded()
        let surrounded = [1, 2, 3] + bytes + [4, 5]
        #expect(try Envelope(decoding: surrounded[3..<3 + bytes.count]) == Self.full)
    }

    @Test func `encoding appends to what the buffer holds`() throws {
        var buffer: [UInt8] = [9, 9]
        Self.full.encode(into: &buffer)
        #expect(buffer == [9, 9] + Self.full.encoded())
    }

    @Test func `a field may be as long as its length can say`() throws {
        var envelope = Envelope(kind: .call)
        envelope.name = String(repeating: "x", count: 65_535)
        #expect(try Envelope(decoding: envelope.encoded()[...]) == envelope)
    }

    // MARK: What is refused

    @Test func `a client's address is short`() throws {
        let tag: UInt8 = 10
        func field(_ size: Int) -> [UInt8] { [tag, 0, UInt8(size)] + [UInt8](repeating: 0x31, count: size) }
        let longest = try Envelope(decoding: Self.message(fields: field(64))[...])
        #expect(longest.client == String(repeating: "1", count: 64))
        #expect(Self.error(decoding: Self.message(fields: field(65))) == .brokenField(tag: tag))
        #expect(Self.error(decoding: Self.message(fields: [tag, 0, 1, 0xFF])) == .brokenField(tag: tag))
    }

    @Test func `a message cut anywhere before its payload is refused, and inside the payload is only shorter`() {
        let whole = Self.full.encoded()
        for length in 0..<whole.count {
            let error = Self.error(decoding: Array(whole.prefix(length)))
            switch length {
            case ..<Envelope.headerSize: #expect(error == .tooShort)
            case ..<(whole.count - 2): #expect(error == .fieldsTooLong, "cut at \(length)")
            default: #expect(error == nil)
            }
        }
    }

    @Test func `fields cut anywhere but between two of them are refused`() throws {
        var generator = SeededGenerator(seed: 3)
        let whole = generator.envelope(.event, fields: 127).encoded()
        let fieldsLength = Int(whole[...].bigEndian(UInt32.self, at: 4))
        let fields = Array(whole[Envelope.headerSize..<Envelope.headerSize + fieldsLength])
        let accepted = (0...fields.count).filter {
            Self.error(decoding: Self.message(fields: Array(fields.prefix($0)))) == nil
        }
        // Before the first of the seven fields, and behind each.
        #expect(accepted.count == 8)
        #expect(accepted.first == 0 && accepted.last == fields.count)
    }

    @Test(arguments: [
        ([], EnvelopeError.tooShort),
        (header(magic: 0x7B), .notOurs),
        (header(version: 0), .unknownVersion(0)),
        (header(version: 2), .unknownVersion(2)),
        (header(kind: 0), .unknownKind(0)),
        (header(kind: 12), .unknownKind(12)),
        (header(kind: 255), .unknownKind(255)),
        (header(fieldsLength: 1), .fieldsTooLong),
        (header(fieldsLength: .max), .fieldsTooLong),
        (message(fields: [1]), .brokenField(tag: 1)),
        (message(fields: [1, 0]), .brokenField(tag: 1)),
        (message(fields: [1, 0, 2, 0x61]), .brokenField(tag: 1)),
        (message(fields: [99, 0xFF, 0xFF, 0]), .brokenField(tag: 99)),
        (message(fields: [1, 0, 2, 0x61], payload: [0x62]), .brokenField(tag: 1)),
        (message(fields: [1, 0, 1, 0xFF]), .brokenField(tag: 1)),
        (message(fields: [2, 0, 24] + Array(repeating: 1, count: 24)), .brokenField(tag: 2)),
        (message(fields: [4, 0, 1, 0xC0]), .brokenField(tag: 4)),
        (message(fields: [5, 0, 7] + Array(repeating: 1, count: 7)), .brokenField(tag: 5)),
        (message(fields: [5, 0, 0]), .brokenField(tag: 5)),
        (message(fields: [6, 0, 1, 0x80]), .brokenField(tag: 6)),
    ])
    func `what does not add up is refused by name`(bytes: [UInt8], expected: EnvelopeError) {
        #expect(Self.error(decoding: bytes) == expected)
    }

    @Test(arguments: UInt64(0)..<8)
    func `no bytes make the decoder trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var refused = 0
        for _ in 0..<2_000 {
            let noise = generator.bytes(Int.random(in: 0...120, using: &generator))
            let length = UInt32.random(in: 0...UInt32(noise.count + 4), using: &generator)
            for bytes in [noise, Self.header(fieldsLength: length) + noise] where Self.error(decoding: bytes) != nil {
                refused += 1
            }
        }
        #expect(refused > 2_000)
    }

    @Test(arguments: UInt64(0)..<8)
    func `a message with some bytes changed is refused, or is one that encodes again`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            var bytes = Self.full.encoded()
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = generator.bytes(1)[0]
            }
            guard let envelope = try? Envelope(decoding: bytes[...]) else { continue }
            #expect(try Envelope(decoding: envelope.encoded()[...]) == envelope)
        }
    }

    // MARK: What a newer peer may send

    @Test func `unknown fields are skipped wherever they stand`() throws {
        let unknown: [UInt8] = [200, 0, 3, 1, 2, 3]
        let name: [UInt8] = [1, 0, 1, 0x61]
        var expected = Envelope(kind: .call)
        expected.name = "a"
        expected.payload = [7]
        for fields in [unknown + name, name + unknown, unknown + name + unknown] {
            #expect(try Envelope(decoding: Self.message(fields: fields, payload: [7])[...]) == expected)
        }
    }

    @Test func `flags that we do not know are not looked at`() throws {
        var bytes = Self.full.encoded()
        bytes[3] = 0xFF
        #expect(try Envelope(decoding: bytes[...]) == Self.full)
    }

    @Test func `of a field that comes twice the last counts`() throws {
        let envelope = try Envelope(decoding: Self.message(fields: [1, 0, 1, 0x61, 1, 0, 1, 0x62])[...])
        #expect(envelope.name == "b")
    }
}
