// An envelope's bytes. Encoding writes each once, into a buffer that the caller keeps. Decoding reads no byte twice, copies nothing but
// names, and refuses what does not add up; it never traps, whatever the bytes.

private enum Tag {
    static let name: UInt8 = 1
    static let trace: UInt8 = 2
    static let principal: UInt8 = 3
    static let idempotencyKey: UInt8 = 4
    static let epoch: UInt8 = 5
    static let key: UInt8 = 6
    static let batches: UInt8 = 7
    static let notBegun: UInt8 = 8
    static let isRepeat: UInt8 = 9
    static let client: UInt8 = 10
}

extension Envelope {
    package static let magic: UInt8 = 0xFA
    package static let version: UInt8 = 1
    package static let headerSize = 24
    static let idOffset = 8
    static let timeOffset = 16
    package static let maxFieldSize = 65_535
    /// Bytes of all fields of a message, and how many there may be: more than anything that makes sense has.
    static let maxFieldsSize = 256 << 10
    static let maxFields = 32
    /// An IPv6 address with its zone takes less.
    package static let maxClientSize = 64
    /// A field's tag and length.
    private static let fieldHeaderSize = 3

    // MARK: Encoding

    /// Appends the message to a buffer that the caller keeps and reuses.
    package func encode(into buffer: inout [UInt8]) {
        let size = fieldsSize
        buffer.append(addingCapacity: Self.headerSize + size) { output in
            writeHeader(fieldsSize: size, to: &output)
            writeFields(to: &output)
        }
        buffer.append(contentsOf: payload)
    }

    /// The message, in a buffer with room for so many bytes behind it.
    package func encoded(reserving room: Int = 0) -> [UInt8] {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(size + room)
        encode(into: &buffer)
        return buffer
    }

    /// Bytes of the message.
    var size: Int { Self.headerSize + fieldsSize + payload.count }

    /// A field longer than 65,535 bytes is cut by its caller's own limits before it gets here; in writing it traps.
    private var fieldsSize: Int {
        var size = Self.fieldHeaderSize * ((takesBatches ? 1 : 0) + (isNotBegun ? 1 : 0) + (isRepeat ? 1 : 0))
        if let name { size += Self.fieldHeaderSize + name.utf8.count }
        if trace != nil { size += Self.fieldHeaderSize + TraceContext.size }
        if let principal { size += Self.fieldHeaderSize + principal.count }
        if let idempotencyKey { size += Self.fieldHeaderSize + idempotencyKey.utf8.count }
        if epoch != nil { size += Self.fieldHeaderSize + 8 }
        if let key { size += Self.fieldHeaderSize + key.utf8.count }
        if let client { size += Self.fieldHeaderSize + client.utf8.count }
        return size
    }

    private func writeHeader(fieldsSize: Int, to output: inout OutputSpan<UInt8>) {
        output.append(Self.magic)
        output.append(Self.version)
        output.append(kind.rawValue)
        output.append(0)
        output.appendBigEndian(UInt32(fieldsSize))
        output.appendBigEndian(id)
        output.appendBigEndian(time)
    }

    private func writeFields(to output: inout OutputSpan<UInt8>) {
        if let name { output.appendField(Tag.name, name.utf8) }
        if let trace {
            output.appendFieldHeader(Tag.trace, TraceContext.size)
            output.append(trace)
        }
        if let principal { output.appendField(Tag.principal, principal) }
        if let idempotencyKey { output.appendField(Tag.idempotencyKey, idempotencyKey.utf8) }
        if let epoch {
            output.appendFieldHeader(Tag.epoch, 8)
            output.appendBigEndian(epoch)
        }
        if let key { output.appendField(Tag.key, key.utf8) }
        if let client { output.appendField(Tag.client, client.utf8) }
        if takesBatches { output.appendFieldHeader(Tag.batches, 0) }
        if isNotBegun { output.appendFieldHeader(Tag.notBegun, 0) }
        if isRepeat { output.appendFieldHeader(Tag.isRepeat, 0) }
    }

    // MARK: Decoding

    package init(decoding bytes: ArraySlice<UInt8>) throws(EnvelopeError) {
        let span = bytes.span
        guard span.count >= Self.headerSize else { throw .tooShort }
        guard span[0] == Self.magic else { throw .notOurs }
        guard span[1] == Self.version else { throw .unknownVersion(span[1]) }
        guard let kind = MessageKind(rawValue: span[2]) else { throw .unknownKind(span[2]) }
        let fieldsSize = Int(span.bigEndian(UInt32.self, at: 4))
        guard fieldsSize <= min(span.count - Self.headerSize, Self.maxFieldsSize) else { throw .fieldsTooLong }
        self.init(
            kind: kind,
            id: span.bigEndian(UInt64.self, at: Self.idOffset),
            time: span.bigEndian(UInt64.self, at: 16)
        )
        try decodeFields(span.extracting(Self.headerSize..<Self.headerSize + fieldsSize))
        payload = bytes[(bytes.startIndex + Self.headerSize + fieldsSize)...]
    }

    private mutating func decodeFields(_ fields: Span<UInt8>) throws(EnvelopeError) {
        var (at, count) = (0, 0)
        while at < fields.count {
            let tag = fields[at]
            count += 1
            guard count <= Self.maxFields else { throw .fieldsTooLong }
            guard fields.count - at >= Self.fieldHeaderSize else { throw .brokenField(tag: tag) }
            let start = at + Self.fieldHeaderSize
            let size = Int(fields.bigEndian(UInt16.self, at: at + 1))
            guard size <= fields.count - start else { throw .brokenField(tag: tag) }
            try take(tag, fields.extracting(start..<start + size))
            at = start + size
        }
    }

    private mutating func take(_ tag: UInt8, _ value: Span<UInt8>) throws(EnvelopeError) {
        switch tag {
        case Tag.name: name = try Self.text(tag, value)
        case Tag.trace:
            guard let read = TraceContext(decoding: value) else { throw .brokenField(tag: tag) }
            trace = read
        case Tag.principal: principal = value.bytes()
        case Tag.idempotencyKey: idempotencyKey = try Self.text(tag, value)
        case Tag.epoch:
            guard value.count == 8 else { throw .brokenField(tag: tag) }
            epoch = value.bigEndian(UInt64.self, at: 0)
        case Tag.key: key = try Self.text(tag, value)
        case Tag.batches: takesBatches = true
        case Tag.notBegun: isNotBegun = true
        case Tag.isRepeat: isRepeat = true
        case Tag.client:
            guard value.count <= Self.maxClientSize else { throw .brokenField(tag: tag) }
            client = try Self.text(tag, value)
        default: break
        }
    }

    private static func text(_ tag: UInt8, _ value: Span<UInt8>) throws(EnvelopeError) -> String {
        guard let text = try? UTF8Span(validating: value) else { throw .brokenField(tag: tag) }
        return String(copying: text)
    }
}

extension TraceContext {
    /// 16 bytes trace id, 8 bytes span id, 1 byte flags.
    fileprivate static let size = 25

    fileprivate init?(decoding value: Span<UInt8>) {
        guard value.count == Self.size else { return nil }
        self.init(
            traceHigh: value.bigEndian(UInt64.self, at: 0),
            traceLow: value.bigEndian(UInt64.self, at: 8),
            span: value.bigEndian(UInt64.self, at: 16),
            flags: value[24]
        )
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func appendFieldHeader(_ tag: UInt8, _ size: Int) {
        append(tag)
        appendBigEndian(UInt16(size))
    }

    fileprivate mutating func appendField(_ tag: UInt8, _ value: some Collection<UInt8>) {
        appendFieldHeader(tag, value.count)
        append(value)
    }

    fileprivate mutating func append(_ trace: TraceContext) {
        appendBigEndian(trace.traceHigh)
        appendBigEndian(trace.traceLow)
        appendBigEndian(trace.span)
        append(trace.flags)
    }
}

extension Span<UInt8> {
    fileprivate func bytes() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return bytes
    }
}
