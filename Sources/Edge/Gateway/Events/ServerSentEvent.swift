// The bytes of `text/event-stream` (WHATWG HTML §9.2.6). Pure; each of these ends with the empty line that makes a client act on it.
//
//     id: 77:42
//     event: sequence.changed
//     data: {"kind":"created", …}
//
// A line ends where CR, LF or both stand, so none of them may stand in a field; data that has several lines has as many fields.

internal import Bus

enum ServerSentEvent {
    static func event(_ name: String, at position: LogPosition? = nil, _ data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + name.utf8.count + 64)
        if let position { field("id", position.text, &bytes) }
        field("event", name, &bytes)
        for line in lines(data) {
            bytes += "data: ".utf8
            bytes += line
            bytes.append(newline)
        }
        bytes.append(newline)
        return bytes
    }

    /// Moves the client's position, and is no event.
    static func position(_ position: LogPosition) -> [UInt8] { block("id", position.text) }

    /// How long a client is to wait before it connects again.
    static func retry(_ time: Duration) -> [UInt8] {
        block("retry", "\(max(0, Int(clamping: Int64(time / .milliseconds(1)))))")
    }

    /// Nothing to a client but that somebody is there.
    static func comment(_ text: String) -> [UInt8] { block("", text) }

    // MARK: Parts

    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private static func block(_ name: String, _ value: String) -> [UInt8] {
        var bytes: [UInt8] = []
        field(name, value, &bytes)
        bytes.append(newline)
        return bytes
    }

    private static func field(_ name: String, _ value: String, _ bytes: inout [UInt8]) {
        bytes += name.utf8
        bytes += ": ".utf8
        // NUL in an id would make a client ignore it.
        bytes += value.utf8.filter { $0 != newline && $0 != carriageReturn && $0 != 0 }
        bytes.append(newline)
    }

    /// At least one, which may be empty.
    private static func lines(_ data: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for (index, byte) in data.enumerated() where byte == newline || byte == carriageReturn {
            let isSecondHalf = byte == newline && index > 0 && data[index - 1] == carriageReturn
            if !isSecondHalf { lines.append(data[start..<index]) }
            start = index + 1
        }
        return lines + [data[start...]]
    }
}
