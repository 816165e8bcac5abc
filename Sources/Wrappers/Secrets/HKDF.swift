// HKDF with SHA-256 (RFC 5869): many independent keys from one master key, told apart by `info`.
//
//     extract:  prk  = HMAC(salt, input)
//     expand:   T(i) = HMAC(prk, T(i-1) ‖ info ‖ i),   key = T(1) ‖ T(2) ‖ … cut to length
//
// The input must be a strong key already; a password is not.

package enum HKDF {
    /// `byteCount` (at most 8160) bytes of key material derived from `input`.
    package static func derive(
        from input: some KeyMaterial,
        salt: [UInt8] = [],
        info: [UInt8],
        byteCount: Int = 32
    ) -> SecretBytes {
        precondition((1...255 * SHA256.byteCount).contains(byteCount), "length of a derived key")
        let pseudoRandomKey = SecretBytes(extract(salt: salt, input: input))
        var output: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 0
        while output.count < byteCount {
            counter += 1
            block = HMAC.authenticate(.sha256, key: pseudoRandomKey, message: block + info + [counter])
            output += block
        }
        return SecretBytes(output.prefix(byteCount))
    }

    private static func extract(salt: [UInt8], input: some KeyMaterial) -> [UInt8] {
        unsafe input.withKeyBytes { input in
            unsafe HMAC.authenticate(.sha256, key: salt, message: Array(input))
        }
    }
}
