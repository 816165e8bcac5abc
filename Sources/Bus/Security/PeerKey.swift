// The keys by which peers know each other over `tcp`: Curve25519, written as 64 hexadecimal digits. The public half is who somebody is;
// the secret half never leaves its process, and no description shows it.

internal import ZeroMQ

/// The public half of a peer's key: 32 bytes, who somebody is over `tcp`.
public struct PeerKey: Sendable, Hashable, CustomStringConvertible {
    let bytes: [UInt8]

    init?(bytes: [UInt8]) {
        guard bytes.count == Curve.keyBytes else { return nil }
        self.bytes = bytes
    }

    /// Reads 64 hexadecimal digits, capitals or not; nil for anything else.
    public init?(_ text: String) {
        let digits = text.utf8.compactMap { Self.value(of: $0) }
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        self.init(bytes: stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// 64 hexadecimal digits, small letters.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// Both halves of a peer's own key.
public struct PeerKeyPair: Sendable, CustomStringConvertible {
    /// What the others' topologies name; may be shown.
    public let publicKey: PeerKey
    let secretKey: PeerKey

    /// A fresh pair.
    ///
    /// - Throws: Where the operating system gives no random numbers.
    public init() throws {
        let (publicKey, secretKey) = try Curve.makeKeyPair()
        guard let publicKey = PeerKey(bytes: publicKey), let secretKey = PeerKey(bytes: secretKey) else {
            throw Failure(.internalError, "libzmq made a key of another length.")
        }
        (self.publicKey, self.secretKey) = (publicKey, secretKey)
    }

    /// The pair of a secret key that is kept in a file; nil where the text is none.
    public init?(secret text: String) {
        guard let secret = PeerKey(text), let publicBytes = try? Curve.publicKey(of: secret.bytes),
            let publicKey = PeerKey(bytes: publicBytes)
        else { return nil }
        (self.publicKey, self.secretKey) = (publicKey, secret)
    }

    /// For the file that keeps it, and nothing else.
    public var secretText: String { secretKey.description }

    public var description: String { "key pair of \(publicKey)" }
}
