// scrypt (RFC 7914) through EVP. Blocks its thread for as long as the parameters ask: see `PasswordHasher`.
import COpenSSL

enum Scrypt {
    /// The derived key, or nil where OpenSSL could not have the memory.
    static func derive(password: [UInt8], salt: [UInt8], parameters: ScryptParameters, byteCount: Int) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: byteCount)
        let status = unsafe key.withUnsafeMutableBufferPointer { key in
            unsafe password.withUnsafeBytes { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    // EVP refuses more than 32 MiB unless told otherwise: maxmem is what these parameters need.
                    unsafe EVP_PBE_scrypt(
                        password.baseAddress?.assumingMemoryBound(to: CChar.self),
                        password.count,
                        salt.baseAddress,
                        salt.count,
                        1 << UInt64(parameters.logN),
                        UInt64(parameters.r),
                        UInt64(parameters.p),
                        UInt64(parameters.memoryByteCount),
                        key.baseAddress,
                        key.count
                    )
                }
            }
        }
        guard status == 1 else {
            OpenSSL.forgetErrors()
            return nil
        }
        return key
    }
}
