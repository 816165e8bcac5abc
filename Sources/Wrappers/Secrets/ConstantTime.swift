// Comparison whose time tells nothing about where two secrets differ (CRYPTO_memcmp).
import COpenSSL

/// Whether both hold the same bytes, in time that depends on their lengths only.
package func constantTimeEquals(_ left: some KeyMaterial, _ right: some KeyMaterial) -> Bool {
    unsafe left.withKeyBytes { left in
        unsafe right.withKeyBytes { right in
            guard left.count == right.count else { return false }
            guard left.count > 0 else { return true }
            return unsafe CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
        }
    }
}
