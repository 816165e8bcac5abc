// Randomness for keys, salts, tokens and codes, from libcrypto's generator (RAND_bytes).
//
// It refuses to go on without entropy (`RandomError`), and draws uniformly: numbers outside the largest multiple of
// the bound are thrown away, so that no digit or letter comes up more often than another.
import COpenSSL

/// The generator has no entropy; nothing that needs a secret may continue.
package struct RandomError: Error, Equatable {}

package enum Random {
    /// `count` random bytes.
    package static func bytes(_ count: Int) throws(RandomError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let status = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe RAND_bytes($0.baseAddress, OpenSSL.length($0.count))
        }
        guard status == 1 else { throw RandomError() }
        return bytes
    }

    /// A uniform number in `0..<bound`; `bound` is 1 to 256.
    package static func below(_ bound: Int) throws(RandomError) -> Int {
        precondition((1...256).contains(bound), "bound of a random number")
        let limit = 256 - 256 % bound
        while true {
            let byte = Int(try bytes(1)[0])
            if byte < limit { return byte % bound }
        }
    }

    /// `count` uniform decimal digits, leading zeros included: a code to send by mail or SMS.
    package static func digits(_ count: Int) throws(RandomError) -> String {
        try characters(count, of: Array("0123456789".unicodeScalars))
    }

    /// `count` uniform base62 characters (5.95 bits each).
    package static func base62(_ count: Int) throws(RandomError) -> String {
        try characters(count, of: Base62.alphabet.map { Unicode.Scalar($0) })
    }

    /// `byteCount` random bytes as base64url without padding: an opaque token (32 bytes give 43 characters).
    package static func token(byteCount: Int = 32) throws(RandomError) -> String {
        Base64URL.encode(try bytes(byteCount))
    }

    private static func characters(_ count: Int, of alphabet: [Unicode.Scalar]) throws(RandomError) -> String {
        var text = ""
        for _ in 0..<count { text.unicodeScalars.append(alphabet[try below(alphabet.count)]) }
        return text
    }
}
