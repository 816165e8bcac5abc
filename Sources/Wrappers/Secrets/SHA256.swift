// SHA-256 (FIPS 180-4), for hash chains and for tokens of at least 128 random bits; passwords go to `PasswordHash`.
import COpenSSL

package enum SHA256 {
    package static let byteCount = 32

    /// The 32-byte digest of `message`.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let status = unsafe digest.withUnsafeMutableBufferPointer { digest in
            unsafe message.withUnsafeBytes { message in
                unsafe EVP_Digest(message.baseAddress, message.count, digest.baseAddress, nil, EVP_sha256(), nil)
            }
        }
        OpenSSL.check(status, "EVP_Digest")
        return digest
    }
}
