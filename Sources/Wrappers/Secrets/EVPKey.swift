// One libcrypto key object for Ed25519, freed with the last reference. Made once, used from any thread.
import COpenSSL

// @unchecked because the object is not changed after `init`; each use has a context of its own.
@safe final class EVPKey: @unchecked Sendable {
    private let key: OpaquePointer

    init?(publicKey bytes: [UInt8]) {
        guard let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
            OpenSSL.forgetErrors()
            return nil
        }
        unsafe self.key = unsafe key
    }

    init?(privateKey seed: SecretBytes) {
        let made = unsafe seed.withKeyBytes { seed in
            unsafe EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519,
                nil,
                seed.baseAddress?.assumingMemoryBound(to: UInt8.self),
                seed.count
            )
        }
        guard let key = unsafe made else {
            OpenSSL.forgetErrors()
            return nil
        }
        unsafe self.key = unsafe key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    var publicBytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Ed25519.keyByteCount)
        var count = bytes.count
        OpenSSL.check(unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count), "EVP_PKEY_get_raw_public_key")
        return bytes
    }

    func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Ed25519.signatureByteCount)
        var count = signature.count
        unsafe withContext { context in
            OpenSSL.check(unsafe EVP_DigestSignInit(context, nil, nil, nil, key), "EVP_DigestSignInit")
            OpenSSL.check(
                unsafe EVP_DigestSign(context, &signature, &count, message, message.count),
                "EVP_DigestSign"
            )
        }
        return signature
    }

    func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let status = unsafe withContext { context in
            OpenSSL.check(unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key), "EVP_DigestVerifyInit")
            return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count)
        }
        if status != 1 { OpenSSL.forgetErrors() }
        return status == 1
    }

    @unsafe private func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("libcrypto: out of memory") }
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe body(context)
    }
}
