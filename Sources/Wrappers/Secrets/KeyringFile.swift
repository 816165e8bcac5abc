// The file that holds the master keys (format: `Keyring+Text.swift`).
//
// It must be a regular file that only its owner can read or write (mode 0600 or 0400): anything wider is refused, not
// repaired, because the keys may have been read already. A new content is written beside it, synced, and moved into
// place, so that a crash leaves the old or the new file. Two processes that create it at once end with one and the same.
import Foundation

package enum KeyringFileError: Error, Equatable {
    case missing
    /// Group or others may read or write it; `mode` has the permission bits.
    case permissionsTooWide(mode: UInt32)
    case notARegularFile
    case malformed
    case noEntropy
    /// A system call failed.
    case system(errno: Int32)
}

package struct KeyringFile: Sendable {
    private static let longest = 1 << 16
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The keyring in the file.
    package func load() throws(KeyringFileError) -> Keyring {
        let descriptor = unsafe Foundation.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .system(errno: errno) }
        defer { close(descriptor) }
        try Self.checkMode(descriptor)
        guard let keyring = Keyring(text: try Self.read(descriptor)) else { throw .malformed }
        return keyring
    }

    /// The keyring in the file, which is made with one fresh key where it is missing.
    package func loadOrCreate() throws(KeyringFileError) -> Keyring {
        do {
            return try load()
        } catch .missing {
            let fresh = try noEntropy { () throws(RandomError) in try Keyring.ephemeral() }
            try install(fresh) { source, target in
                // A link fails where the file exists by now: then the other process's key is the one that counts.
                unsafe link(source, target) == 0 || errno == EEXIST ? 0 : -1
            }
            return try load()
        }
    }

    /// Adds a fresh key, which seals from now on; the old ones stay to open. Restart or reload, then rewrap.
    package func rotate() throws(KeyringFileError) -> Keyring {
        let old = try load()
        let key = try noEntropy { () throws(RandomError) in try MasterKey.generate(id: old.newestID + 1) }
        guard let rotated = Keyring(old.keys + [key]) else { throw .malformed }
        try install(rotated) { source, target in unsafe rename(source, target) }
        return rotated
    }

    /// Takes every key but the newest out of the file; what only they open is lost. Rewrap first.
    package func retire() throws(KeyringFileError) -> Keyring {
        let old = try load()
        guard let newest = old.keys.last, let kept = Keyring([newest]) else { throw .malformed }
        try install(kept) { source, target in unsafe rename(source, target) }
        return kept
    }

    private func noEntropy<Value>(_ body: () throws(RandomError) -> Value) throws(KeyringFileError) -> Value {
        do { return try body() } catch { throw .noEntropy }
    }
}

extension KeyringFile {
    private static func checkMode(_ descriptor: Int32) throws(KeyringFileError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile }
        let mode = UInt32(status.st_mode) & 0o7777
        guard mode & 0o077 == 0 else { throw .permissionsTooWide(mode: mode) }
    }

    private static func read(_ descriptor: Int32) throws(KeyringFileError) -> String {
        var content = [UInt8](repeating: 0, count: longest)
        var length = 0
        while length < longest {
            let count = unsafe content.withUnsafeMutableBytes {
                unsafe Foundation.read(descriptor, $0.baseAddress?.advanced(by: length), $0.count - length)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno: errno) }
            if count == 0 { return String(decoding: content.prefix(length), as: UTF8.self) }
            length += count
        }
        throw .malformed
    }

    /// Writes the keyring beside the file, syncs it, lets `move` put it into place, and syncs the directory.
    private func install(
        _ keyring: Keyring,
        move: (_ source: String, _ target: String) -> Int32
    ) throws(KeyringFileError) {
        let suffix = try noEntropy { () throws(RandomError) in try Random.base62(12) }
        let temporary = "\(path).\(suffix)"
        defer { _ = unsafe unlink(temporary) }
        try Self.write(Array(keyring.text.utf8), to: temporary)
        guard move(temporary, path) == 0 else { throw .system(errno: errno) }
        try Self.syncDirectory(of: path)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(KeyringFileError) {
        let descriptor = unsafe Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(errno: errno) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system(errno: errno) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw .system(errno: errno) }
    }

    private static func syncDirectory(of path: String) throws(KeyringFileError) {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = unsafe Foundation.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno: errno) }
    }
}
