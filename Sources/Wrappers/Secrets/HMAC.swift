// HMAC (RFC 2104) over SHA-1, SHA-256 and SHA-512. SHA-1 is here for one-time codes only (RFC 4226 asks for it).
import COpenSSL

package enum HMAC {
    package enum Algorithm: String, Sendable, CaseIterable, Codable {
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha512 = "SHA512"

        /// Length of the authentication code in bytes.
        package var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512: 64
            }
        }

        fileprivate var digest: OpaquePointer? {
            switch self {
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            case .sha512: unsafe EVP_sha512()
            }
        }
    }

    /// The authentication code of `message` under `key`; compare codes with `constantTimeEquals` only.
    package static func authenticate(_ algorithm: Algorithm, key: some KeyMaterial, message: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: algorithm.byteCount)
        let done = unsafe code.withUnsafeMutableBufferPointer { code in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe key.withKeyBytes { key in
                    unsafe COpenSSL.HMAC(
                        algorithm.digest,
                        key.baseAddress,
                        OpenSSL.length(key.count),
                        message.baseAddress,
                        message.count,
                        code.baseAddress,
                        nil
                    ) != nil
                }
            }
        }
        precondition(done, "libcrypto: HMAC failed")
        return code
    }
}
