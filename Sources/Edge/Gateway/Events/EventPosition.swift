// How far a client has come in a topic, as it stands in `id:` and `Last-Event-ID`: the life of the log, and the offset of the last event that
// it has had. `77:42`; `77:0` is before the first.

struct EventPosition: Sendable, Equatable {
    var epoch: UInt64
    var offset: UInt64

    var text: String { "\(epoch):\(offset)" }
}

extension EventPosition {
    /// Two decimal numbers as we write them; nil for anything else.
    init?(_ text: String) {
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
