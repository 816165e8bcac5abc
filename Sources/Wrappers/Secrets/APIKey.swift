// The text of an API key, made so that a scanner finds leaked keys offline and a typing error is told from a bad key.
//
//     fai_ 0G7sQ…(27 base62: 160 random bits) xYz012 (6 base62: CRC-32 of everything before)
//     37 characters; letters, digits and one underscore
//
// The checksum is no secret and proves nothing: a well-formed key still has to be looked up. With 160 random bits a fast
// keyed hash (HMAC-SHA-256) is enough for that look-up (OWASP ASVS 6.5.2, 11.5.1).

package struct APIKey: Sendable, Equatable {
    package static let prefix = "fai_"
    private static let secretWidth = 27
    private static let secretByteCount = 20
    private static let checksumWidth = 6

    /// The whole key, as its owner sends it. Show it once; log `hint` instead.
    package let text: String

    /// A fresh random key.
    package static func generate() throws(RandomError) -> APIKey {
        APIKey(secret: try Random.bytes(secretByteCount))
    }

    /// The key in `text`, or nil where it has another shape or its checksum does not match.
    package init?(_ text: String) {
        let body = text.dropLast(Self.checksumWidth)
        let secret = body.dropFirst(Self.prefix.utf8.count)
        guard text.utf8.starts(with: Self.prefix.utf8), text.utf8.count == Self.byteCount,
            Base62.decode(secret, width: Self.secretWidth, byteCount: Self.secretByteCount) != nil,
            Self.checksum(of: body) == text.suffix(Self.checksumWidth)
        else { return nil }
        self.text = text
    }

    init(secret: [UInt8]) {
        let body = Self.prefix + Base62.encode(secret, width: Self.secretWidth)
        text = body + Self.checksum(of: body)
    }

    /// The first characters, enough to recognise a key in a list and too few to guess it.
    package var hint: String {
        String(text.prefix(Self.prefix.count + 4)) + "…"
    }

    private static var byteCount: Int { prefix.utf8.count + secretWidth + checksumWidth }

    private static func checksum(of body: some StringProtocol) -> String {
        let checksum = CRC32.checksum(body.utf8)
        let bytes = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: checksum >> $0) }
        return Base62.encode(bytes, width: checksumWidth)
    }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { hint }
    package var debugDescription: String { hint }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
