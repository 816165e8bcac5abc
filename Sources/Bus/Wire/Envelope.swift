// The header that every bus message carries, and its bytes. One message is one ØMQ frame (docs/wire.md has worked examples).
//
//    0        1        2        3        4                8                16               24
//    +--------+--------+--------+--------+----------------+----------------+----------------+----------------+-----------
//    |  0xFA  | version|  kind  | flags  | fields' length | id             | time           | fields …       | payload …
//    +--------+--------+--------+--------+----------------+----------------+----------------+----------------+-----------
//      8 bit    8 bit    8 bit    8 bit    32 bit           64 bit           64 bit, µs       tag, length, value   the rest
//
// Numbers are big-endian. A field is: tag (8 bit), length (16 bit), value. An unknown tag is skipped, an unknown kind is ignored, an
// unknown version is refused: a newer peer may add fields and kinds, never change these 24 bytes. Decoding reads no byte twice, copies
// nothing but names, and refuses what does not add up; it never traps, whatever the bytes.

package struct Envelope: Sendable, Equatable {
    package var kind: MessageKind
    /// Calls: the caller's number for the call, echoed by the reply. Events and heads: the offset.
    package var id: UInt64 = 0
    /// Calls: the deadline. Events: when the change was committed. Unix microseconds.
    package var time: UInt64 = 0
    /// The operation of a call, the topic of an event, the sender's name in a greeting.
    package var name: String?
    package var trace: TraceContext?
    /// JSON of a `Principal`.
    package var principal: [UInt8]?
    package var idempotencyKey: String?
    /// The topic's life (events, heads), or the sender's (greetings).
    package var epoch: UInt64?
    /// The key of an event.
    package var key: String?
    /// Greetings: the sender reads batches.
    package var takesBatches = false
    /// Failures: the call was refused before its handler began, so that another replica may be asked, whatever the operation does.
    package var isNotBegun = false
    package var payload: ArraySlice<UInt8> = []

    package init(kind: MessageKind, id: UInt64 = 0, time: UInt64 = 0) {
        self.kind = kind
        self.id = id
        self.time = time
    }
}

package enum MessageKind: UInt8, Sendable, CaseIterable {
    // Calls, over ROUTER/DEALER.
    case call = 1
    case reply = 2
    case failure = 3
    /// The caller no longer waits for the call `id`.
    case cancel = 4
    /// A caller introduces itself; answered by `welcome`.
    case hello = 5
    case welcome = 6
    case ping = 7
    case pong = 8
    /// The service takes no more calls; what is in hand will be answered.
    case draining = 9
    /// The sender goes away.
    case bye = 10
    /// Several messages in one frame, to who has said that it takes them.
    case batch = 11
    // Events, over XPUB/SUB. The frame begins with the topic and a zero byte, by which ØMQ filters.
    case event = 16
    /// Where the topic stands; sent on subscription and with every heartbeat.
    case head = 17
}

package enum EnvelopeError: Error, Sendable, Equatable {
    case tooShort
    case notOurs
    case unknownVersion(UInt8)
    case unknownKind(UInt8)
    case fieldsTooLong
    case brokenField(tag: UInt8)
}

private enum Tag {
    static let name: UInt8 = 1
    static let trace: UInt8 = 2
    static let principal: UInt8 = 3
    static let idempotencyKey: UInt8 = 4
    static let epoch: UInt8 = 5
    static let key: UInt8 = 6
    static let batches: UInt8 = 7
    static let notBegun: UInt8 = 8
}

extension Envelope {
    package static let magic: UInt8 = 0xFA
    package static let version: UInt8 = 1
    package static let headerSize = 24
    static let idOffset = 8
    package static let maxFieldSize = 65_535

    // MARK: Encoding

    /// Appends the message to a buffer that the caller keeps and reuses.
    package func encode(into buffer: inout [UInt8]) {
        buffer.append(contentsOf: [Self.magic, Self.version, kind.rawValue, 0, 0, 0, 0, 0])
        let fieldsLengthAt = buffer.count - 4
        buffer.appendBigEndian(id)
        buffer.appendBigEndian(time)
        let fieldsAt = buffer.count
        encodeFields(into: &buffer)
        buffer.overwriteBigEndian(UInt32(buffer.count - fieldsAt), at: fieldsLengthAt)
        buffer.append(contentsOf: payload)
    }

    package func encoded() -> [UInt8] {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(Self.headerSize + 96 + payload.count)
        encode(into: &buffer)
        return buffer
    }

    private func encodeFields(into buffer: inout [UInt8]) {
        if let name { buffer.appendField(Tag.name, name.utf8) }
        if let trace { buffer.appendField(Tag.trace, trace) }
        if let principal { buffer.appendField(Tag.principal, principal) }
        if let idempotencyKey { buffer.appendField(Tag.idempotencyKey, idempotencyKey.utf8) }
        if let epoch { buffer.appendField(Tag.epoch, epoch) }
        if let key { buffer.appendField(Tag.key, key.utf8) }
        if takesBatches { buffer.appendField(Tag.batches, EmptyCollection()) }
        if isNotBegun { buffer.appendField(Tag.notBegun, EmptyCollection()) }
    }

    // MARK: Decoding

    package init(decoding bytes: ArraySlice<UInt8>) throws(EnvelopeError) {
        guard bytes.count >= Self.headerSize else { throw .tooShort }
        let start = bytes.startIndex
        guard bytes[start] == Self.magic else { throw .notOurs }
        guard bytes[start + 1] == Self.version else { throw .unknownVersion(bytes[start + 1]) }
        guard let kind = MessageKind(rawValue: bytes[start + 2]) else { throw .unknownKind(bytes[start + 2]) }
        let fieldsStart = start + Self.headerSize
        let fieldsLength = Int(bytes.bigEndian(UInt32.self, at: start + 4))
        guard fieldsLength <= bytes.endIndex - fieldsStart else { throw .fieldsTooLong }
        self.init(
            kind: kind,
            id: bytes.bigEndian(UInt64.self, at: start + 8),
            time: bytes.bigEndian(UInt64.self, at: start + 16)
        )
        try decodeFields(bytes[fieldsStart..<fieldsStart + fieldsLength])
        payload = bytes[(fieldsStart + fieldsLength)...]
    }

    private mutating func decodeFields(_ bytes: ArraySlice<UInt8>) throws(EnvelopeError) {
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let tag = bytes[at]
            guard bytes.endIndex - at >= 3 else { throw .brokenField(tag: tag) }
            let valueStart = at + 3
            let length = Int(bytes.bigEndian(UInt16.self, at: at + 1))
            guard length <= bytes.endIndex - valueStart else { throw .brokenField(tag: tag) }
            try take(tag, bytes[valueStart..<valueStart + length])
            at = valueStart + length
        }
    }

    private mutating func take(_ tag: UInt8, _ value: ArraySlice<UInt8>) throws(EnvelopeError) {
        switch tag {
        case Tag.name: name = try Self.text(tag, value)
        case Tag.trace: trace = try Self.trace(value)
        case Tag.principal: principal = Array(value)
        case Tag.idempotencyKey: idempotencyKey = try Self.text(tag, value)
        case Tag.epoch:
            guard value.count == 8 else { throw .brokenField(tag: tag) }
            epoch = value.bigEndian(UInt64.self, at: value.startIndex)
        case Tag.key: key = try Self.text(tag, value)
        case Tag.batches: takesBatches = true
        case Tag.notBegun: isNotBegun = true
        default: break
        }
    }

    private static func text(_ tag: UInt8, _ value: ArraySlice<UInt8>) throws(EnvelopeError) -> String {
        guard let text = String(validating: value, as: UTF8.self) else { throw .brokenField(tag: tag) }
        return text
    }

    /// 16 bytes trace id, 8 bytes span id, 1 byte flags.
    private static func trace(_ value: ArraySlice<UInt8>) throws(EnvelopeError) -> TraceContext {
        guard value.count == 25 else { throw .brokenField(tag: Tag.trace) }
        let start = value.startIndex
        return TraceContext(
            traceHigh: value.bigEndian(UInt64.self, at: start),
            traceLow: value.bigEndian(UInt64.self, at: start + 8),
            span: value.bigEndian(UInt64.self, at: start + 16),
            flags: value[start + 24]
        )
    }
}
