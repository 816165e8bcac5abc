// Collects one response from libcurl's callbacks, within limits.

final class ResponseCollector: TransferHandler {
    static let headerLimit = 64 << 10

    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    private(set) var exceededLimit: Int?
    private let bodyLimit: Int
    private var headerByteCount = 0

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    func received(line: [UInt8]) {
        headerByteCount += line.count
        guard headerByteCount <= Self.headerLimit else { return exceededLimit = Self.headerLimit }
        // A status line begins a response: what an interim one (100, 103) said is not part of the last one.
        if line.starts(with: "HTTP/".utf8) { return headers = [] }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let value = line[(colon + 1)...].drop(while: Self.isBlank).trimmingSuffix(while: Self.isBlank)
        headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
    }

    /// By the byte: a colon or a blank with a combining mark behind it is one all the same. The line end belongs to it.
    private static func isBlank(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    func received(body bytes: [UInt8]) -> Bool {
        if exceededLimit == nil && body.count + bytes.count > bodyLimit { exceededLimit = bodyLimit }
        guard exceededLimit == nil else { return false }
        body += bytes
        return true
    }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingSuffix(while isTrimmed: (UInt8) -> Bool) -> Self {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
