// The files that hold the bus's keys. Both are text; a line that begins with # says something to people.
//
//   kms.secret   one key of 64 hexadecimal digits        0600 or 0400, refused where anybody else may read it: then it may have been read
//   kms.public   a key a line, as many as are accepted   anybody may read it
//
// Nothing is overwritten by mistake, and no error shows what a file holds.

package import Bus
import Foundation

package enum SecretKeyFile {
    /// - Throws: `Failure` saying what is wrong with the file, and what to do.
    package static func load(_ path: String) throws(Failure) -> PeerKeyPair {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
            throw Failure(.unavailable, "\(path): there is no such file; `fountain topology keys` makes it.")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw Failure(.unavailable, "\(path): is not a regular file.")
        }
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
        guard mode & 0o077 == 0 else {
            let octal = String(mode & 0o777, radix: 8)
            throw Failure(
                .unavailable,
                "\(path): has mode 0\(octal), so others may have read the key; replace it (`fountain topology keys --add`), mode 0600."
            )
        }
        guard let lines = try? keyLines(path) else { throw Failure(.unavailable, "\(path): cannot be read.") }
        guard lines.count == 1, let pair = PeerKeyPair(secret: lines[0]) else {
            throw Failure(.unavailable, "\(path): does not hold one key of 64 hexadecimal digits.")
        }
        return pair
    }

    /// Makes the file, readable by its owner only, in a directory that is.
    ///
    /// - Throws: `Failure` with `conflict` where there is one and it shall stay.
    package static func write(_ pair: PeerKeyPair, _ path: String, peer: String, force: Bool) throws {
        let manager = FileManager.default
        try makeDirectory(of: path, mode: 0o700)
        if manager.fileExists(atPath: path) {
            guard force else { throw Failure(.conflict, "\(path) is there already; --force replaces it.") }
            try manager.removeItem(atPath: path)
        }
        // The mode first, the key afterwards.
        guard manager.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: path)
        else { throw Failure(.unavailable, "\(path) cannot be written.") }
        try file.write(
            contentsOf: Data(
                "# The secret key of \(peer) on the bus. It leaves this file for nobody.\n\(pair.secretText)\n".utf8
            )
        )
        try file.synchronize()
        try file.close()
    }
}

package enum PublicKeysFile {
    /// - Throws: `Failure` saying what is wrong with the file, and what to do.
    package static func load(_ path: String) throws(Failure) -> [PeerKey] {
        guard let lines = try? keyLines(path) else {
            throw Failure(.unavailable, "\(path): cannot be read; `fountain topology keys` makes it.")
        }
        let keys = lines.compactMap { PeerKey($0) }
        guard !keys.isEmpty, keys.count == lines.count else {
            throw Failure(.unavailable, "\(path): does not hold one key of 64 hexadecimal digits a line.")
        }
        return keys
    }

    package static func write(_ keys: [PeerKey], _ path: String, peer: String) throws {
        try makeDirectory(of: path, mode: 0o755)
        let lines = ["# The public keys of \(peer) on the bus: any of them is accepted."] + keys.map(\.description)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    }
}

/// The lines of a file of keys, without what is said to people.
private func keyLines(_ path: String) throws -> [String] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.utf8.split { $0 == 0x0A || $0 == 0x0D }.map { Substring($0).trimmingCharacters(in: .whitespaces) }
    return lines.filter { !$0.isEmpty && $0.utf8.first != UInt8(ascii: "#") }
}

/// One that is there already is left as it is.
private func makeDirectory(of path: String, mode: Int) throws {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard !FileManager.default.fileExists(atPath: directory) else { return }
    try FileManager.default.createDirectory(
        atPath: directory,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: mode]
    )
}
