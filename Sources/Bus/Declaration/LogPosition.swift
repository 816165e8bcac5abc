// How far a log has been written, or followed: the life of the log, and the offset of the last event that is meant. `77:42`; `77:0` is before
// the first. So it stands in `Fountain-Offset`, in an event's `id:` and in `Last-Event-ID`.

/// A place in an event log. Positions of different epochs cannot be compared: the log has begun anew.
public struct LogPosition: Sendable, Hashable {
    /// Which life of the log.
    public var epoch: UInt64
    /// Of the last event that is meant; 0 is before the first.
    public var offset: UInt64

    /// Takes any two numbers; whether they exist is for the log's owner to say.
    public init(epoch: UInt64, offset: UInt64) {
        self.epoch = epoch
        self.offset = offset
    }

    /// `77:42`: epoch and offset in decimal, as in `Fountain-Offset`.
    public var text: String { "\(epoch):\(offset)" }

    /// Whether who has come this far has what `other` means. Of another life of the log nobody can say so.
    public func includes(_ other: LogPosition) -> Bool { epoch == other.epoch && offset >= other.offset }
}

extension LogPosition {
    /// Two decimal numbers as we write them; nil for anything else.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Self.number(parts[0]), let offset = Self.number(parts[1]),
            epoch > 0, offset < .max
        else { return nil }
        self.init(epoch: epoch, offset: offset)
    }

    private static func number(_ digits: Substring.UTF8View) -> UInt64? {
        guard (1...20).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.count == 1 || digits.first != 0x30
        else { return nil }
        return UInt64(Substring(digits))
    }
}

extension LogPosition: Codable, SchemaProviding {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let position = LogPosition(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "must be epoch and offset, such as 77:42"
            )
        }
        self = position
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public static let schema = JSONSchema.string(
        3...41,
        pattern: "^[1-9][0-9]*:(0|[1-9][0-9]*)$",
        "Epoch and offset of an event log"
    )
    public static let sample = LogPosition(epoch: 77, offset: 42)
}
