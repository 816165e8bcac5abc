// One EVP cipher context for AES-256-GCM, freed when it goes out of scope.
//
//     init → authenticate(associated data) → expect(tag), when decrypting → update(all bytes) → finish → tag()
import COpenSSL

@safe struct GCMCipher: ~Copyable {
    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    private let context: OpaquePointer

    init(_ direction: Direction, key: SecretBytes, nonce: [UInt8]) {
        precondition(key.count == AES256GCM.keyByteCount && nonce.count == AES256GCM.nonceByteCount, "key and nonce")
        guard let context = unsafe EVP_CIPHER_CTX_new() else { preconditionFailure("libcrypto: out of memory") }
        unsafe self.context = unsafe context
        let status = unsafe key.withKeyBytes { key in
            unsafe EVP_CipherInit_ex(
                context,
                EVP_aes_256_gcm(),
                nil,
                key.baseAddress?.assumingMemoryBound(to: UInt8.self),
                nonce,
                direction.rawValue
            )
        }
        OpenSSL.check(status, "EVP_CipherInit_ex")
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
    }

    borrowing func authenticate(_ associatedData: [UInt8]) {
        guard !associatedData.isEmpty else { return }
        var written: Int32 = 0
        let length = OpenSSL.length(associatedData.count)
        OpenSSL.check(unsafe EVP_CipherUpdate(context, nil, &written, associatedData, length), "EVP_CipherUpdate")
    }

    borrowing func update(_ input: [UInt8]) -> [UInt8] {
        guard !input.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: input.count)
        var written: Int32 = 0
        let length = OpenSSL.length(input.count)
        OpenSSL.check(unsafe EVP_CipherUpdate(context, &output, &written, input, length), "EVP_CipherUpdate")
        return output
    }

    /// The tag that `finish` compares with.
    borrowing func expect(_ tag: [UInt8]) {
        var tag = tag
        control(EVP_CTRL_AEAD_SET_TAG, &tag)
    }

    /// False where the tag does not match; GCM writes no bytes here.
    borrowing func finish() -> Bool {
        var written: Int32 = 0
        var none = [UInt8](repeating: 0, count: AES256GCM.tagByteCount)
        return unsafe EVP_CipherFinal_ex(context, &none, &written) == 1
    }

    borrowing func tag() -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: AES256GCM.tagByteCount)
        control(EVP_CTRL_AEAD_GET_TAG, &tag)
        return tag
    }

    private borrowing func control(_ command: Int32, _ bytes: inout [UInt8]) {
        let status = unsafe bytes.withUnsafeMutableBytes {
            unsafe EVP_CIPHER_CTX_ctrl(context, command, OpenSSL.length($0.count), $0.baseAddress)
        }
        OpenSSL.check(status, "EVP_CIPHER_CTX_ctrl")
    }
}
