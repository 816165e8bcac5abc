// How a socket proves itself to the other side, and the keys it needs for that: CURVE (RFC 26), Curve25519, 32 bytes a key.

internal import CZeroMQ

package enum SocketSecurity: Sendable {
    /// `inproc`, `ipc`, and loopback where the topology says so.
    case none
    /// For who binds. Who connects must know the public half of this key, and have one of its own that the ZAP handler lets in.
    case server(secretKey: [UInt8])
    /// For who connects. The other side must have the secret half of `serverKey`.
    case client(publicKey: [UInt8], secretKey: [UInt8], serverKey: [UInt8])

    /// Bytes that a frame grows by on its way, which MAXMSGSIZE counts with it: CURVE's `\x07MESSAGE` (8), nonce (8), authenticator (16) and
    /// flags (1).
    package var frameOverhead: Int {
        if case .none = self { 0 } else { Curve.frameOverhead }
    }
}

package enum Curve {
    package static let keyBytes = 32
    package static let frameOverhead = 33

    /// A fresh pair from the operating system's randomness.
    package static func makeKeyPair() throws(ZeroMQError) -> (publicKey: [UInt8], secretKey: [UInt8]) {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        try check("zmq_curve_keypair") { unsafe zmq_curve_keypair(&publicText, &secretText) }
        return (try decode(publicText), try decode(secretText))
    }

    /// The public half of a secret key.
    package static func publicKey(of secretKey: [UInt8]) throws(ZeroMQError) -> [UInt8] {
        var secretText = [CChar](repeating: 0, count: 41)
        var publicText = [CChar](repeating: 0, count: 41)
        guard unsafe zmq_z85_encode(&secretText, secretKey, secretKey.count) != nil else {
            throw ZeroMQError(call: "zmq_z85_encode", number: zmq_errno())
        }
        try check("zmq_curve_public") { unsafe zmq_curve_public(&publicText, secretText) }
        return try decode(publicText)
    }

    private static func decode(_ text: [CChar]) throws(ZeroMQError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: keyBytes)
        guard unsafe zmq_z85_decode(&bytes, text) != nil else {
            throw ZeroMQError(call: "zmq_z85_decode", number: zmq_errno())
        }
        return bytes
    }
}
