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
        let text = String(decoding: line, as: UTF8.self)
        // A status line begins a response: what an interim one (100, 103) said is not part of the last one.
        if text.hasPrefix("HTTP/") { return headers = [] }
        guard let colon = text.firstIndex(of: ":") else { return }
        let value = text[text.index(after: colon)...].drop(while: \.isWhitespace)
        headers.append((String(text[..<colon]), String(value.trimmingSuffix(while: \.isWhitespace))))
    }

    func received(body bytes: [UInt8]) -> Bool {
        if exceededLimit == nil && body.count + bytes.count > bodyLimit { exceededLimit = bodyLimit }
        guard exceededLimit == nil else { return false }
        body += bytes
        return true
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
