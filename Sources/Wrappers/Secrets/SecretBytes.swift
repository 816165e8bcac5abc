// Bytes that do not outlive their use: zeroed when the last reference goes, never printed, compared in constant time.
//
// Used for master keys, derived keys and TOTP secrets. It does not lock pages in memory and cannot wipe copies that
// a caller makes of the bytes handed out.
import COpenSSL

/// Immutable secret bytes that are overwritten on release.
@safe package final class SecretBytes: @unchecked Sendable, KeyMaterial {
    // @unchecked because the memory is written only in `init` and `deinit`, when nobody else holds a reference.
    private let memory: UnsafeMutableRawBufferPointer

    /// A private copy of `bytes`; the caller's own array is not wiped.
    package init(_ bytes: some Collection<UInt8>) {
        unsafe memory = .allocate(byteCount: bytes.count, alignment: 16)
        unsafe memory.copyBytes(from: bytes)
    }

    /// `count` fresh random bytes.
    package static func random(_ count: Int) throws(RandomError) -> SecretBytes {
        var bytes = try Random.bytes(count)
        defer { unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) } }
        return SecretBytes(bytes)
    }

    deinit {
        unsafe OPENSSL_cleanse(memory.baseAddress, memory.count)
        unsafe memory.deallocate()
    }

    package var count: Int {
        unsafe memory.count
    }

    /// A copy of the bytes, for storing (sealed) or showing once (encoded); it is not wiped.
    package var bytes: [UInt8] {
        unsafe Array(memory)
    }

    @unsafe package func withKeyBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(memory))
    }
}

extension SecretBytes: Equatable {
    package static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        constantTimeEquals(left, right)
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<\(count) secret bytes>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
