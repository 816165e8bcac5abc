// Bytes that may serve as a key: plain `[UInt8]`, or `SecretBytes`, which zeroes itself.
//
// Only this module can look at the raw memory; others pass key material in and get results out.

/// Bytes that a MAC, a key derivation or a one-time code is computed from.
package protocol KeyMaterial {
    /// Calls `body` with the bytes, which are valid only while it runs.
    @unsafe func withKeyBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension [UInt8]: KeyMaterial {
    @unsafe package func withKeyBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe withUnsafeBytes { unsafe body($0) }
    }
}
