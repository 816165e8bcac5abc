// AES-256-GCM (NIST SP 800-38D) through EVP: 96-bit nonce, 128-bit tag, nothing shorter.
//
// The caller never reuses a nonce under a key (`Keyring` draws them at random), and bounds the input: libcrypto counts in
// `int`. A box that does not open gives nil, never part of a plaintext.
import COpenSSL

enum AES256GCM {
    static let keyByteCount = 32
    static let nonceByteCount = 12
    static let tagByteCount = 16

    /// Ciphertext and tag of `plaintext`.
    static func seal(
        _ plaintext: [UInt8],
        key: SecretBytes,
        nonce: [UInt8],
        associatedData: [UInt8]
    ) -> (ciphertext: [UInt8], tag: [UInt8]) {
        let cipher = GCMCipher(.encrypt, key: key, nonce: nonce)
        cipher.authenticate(associatedData)
        let ciphertext = cipher.update(plaintext)
        OpenSSL.check(cipher.finish() ? 1 : 0, "EVP_CipherFinal_ex")
        return (ciphertext, cipher.tag())
    }

    /// The plaintext, or nil where key, nonce, associated data, ciphertext or tag is not what was sealed.
    static func open(
        _ ciphertext: [UInt8],
        tag: [UInt8],
        key: SecretBytes,
        nonce: [UInt8],
        associatedData: [UInt8]
    ) -> [UInt8]? {
        guard tag.count == tagByteCount else { return nil }
        let cipher = GCMCipher(.decrypt, key: key, nonce: nonce)
        cipher.authenticate(associatedData)
        cipher.expect(tag)
        var plaintext = cipher.update(ciphertext)
        guard cipher.finish() else {
            unsafe plaintext.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
            OpenSSL.forgetErrors()
            return nil
        }
        return plaintext
    }
}
