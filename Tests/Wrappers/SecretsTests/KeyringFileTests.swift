// The file of the master keys on a real disk: who may read it, how it is made, rotated and retired, and which text is none.

import Foundation
import Testing

@testable import Secrets

@Suite struct KeyringFileTests {
    let directory: TemporaryDirectory
    let file: KeyringFile

    init() throws {
        directory = try TemporaryDirectory()
        file = KeyringFile(path: directory.url.appending(path: "master.key").path)
    }

    private func write(_ text: String, mode: Int = 0o600) throws {
        try text.write(toFile: file.path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    @Test func `a missing file is an error unless it may be made`() throws {
        #expect(throws: KeyringFileError.missing) { try file.load() }
        let made = try file.loadOrCreate()
        #expect(try file.load().keys == made.keys)
        #expect(try file.loadOrCreate().keys == made.keys)
    }

    @Test func `a made file is readable by its owner only and leaves nothing beside it`() throws {
        _ = try file.loadOrCreate()
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["master.key"])
    }

    @Test func `many who create at once get one key`() async throws {
        let file = file
        let keys = try await withThrowingTaskGroup(of: [MasterKey].self) { group in
            for _ in 0..<16 { group.addTask { try file.loadOrCreate().keys } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(keys.allSatisfy { $0 == keys.first })
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o644, 0o660, 0o666, 0o610])
    func `a file that others may touch is refused`(mode: Int) throws {
        try write(Keyring.ephemeral().text, mode: mode)
        #expect(throws: KeyringFileError.permissionsTooWide(mode: UInt32(mode))) { try file.load() }
        #expect(throws: KeyringFileError.permissionsTooWide(mode: UInt32(mode))) { try file.loadOrCreate() }
    }

    @Test(arguments: [0o600, 0o400])
    func `a file for its owner is read`(mode: Int) throws {
        let keyring = try Keyring.ephemeral()
        try write(keyring.text, mode: mode)
        #expect(try file.load().keys == keyring.keys)
    }

    @Test func `rotation adds a key that seals and keeps those that open`() throws {
        let first = try file.loadOrCreate()
        let rotated = try file.rotate()
        #expect(rotated.ids == [1, 2])
        #expect(try file.load().keys == rotated.keys)
        #expect(rotated.keys.first == first.keys.first)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `retiring leaves the newest key alone in the file`() throws {
        _ = try file.loadOrCreate()
        let rotated = try file.rotate()
        let kept = try file.retire()
        #expect(kept.ids == [2])
        #expect(try file.load().keys == rotated.keys.suffix(1))
        #expect(try file.retire().ids == [2])
        #expect(try file.rotate().ids == [2, 3])
    }

    @Test func `a directory or a link is not a key file`() throws {
        #expect(throws: KeyringFileError.notARegularFile) { try KeyringFile(path: directory.url.path).load() }
        _ = try file.loadOrCreate()
        let link = directory.url.appending(path: "link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file.path)
        #expect(throws: KeyringFileError.system(errno: ELOOP)) { try KeyringFile(path: link).load() }
    }

    static let key = Base64URL.encode([UInt8](repeating: 7, count: 32))

    @Test(
        arguments: [
            "", "fountain-keyring-1\n", "fountain-keyring-2\n1 \(key)\n", "fountain-keyring-1\n1 \(key)",
            "fountain-keyring-1\n0 \(key)\n", "fountain-keyring-1\n01 \(key)\n", "fountain-keyring-1\n1 \(key)A\n",
            "fountain-keyring-1\n1  \(key)\n", "fountain-keyring-1\n2 \(key)\n1 \(key)\n",
            "fountain-keyring-1\n1 \(key)\n1 \(key)\n", "fountain-keyring-1\n1 \(key)\n\n",
            "fountain-keyring-1\r\n1 \(key)\r\n", "fountain-keyring-1\n-1 \(key)\n",
            "fountain-keyring-1\n4294967296 \(key)\n", "fountain-keyring-1\n1 AAAA\n",
        ]
    )
    func `a file of another form is malformed`(text: String) throws {
        try write(text)
        #expect(throws: KeyringFileError.malformed) { try file.load() }
    }

    @Test func `a file cut anywhere is malformed`() throws {
        let text = "fountain-keyring-1\n1 \(Self.key)\n2 \(Self.key)\n"
        let whole = try #require(Keyring(text: text))
        #expect(whole.ids == [1, 2])
        let firstKeyOnly = "fountain-keyring-1\n1 \(Self.key)\n".count
        for length in 0..<text.count where length != firstKeyOnly {
            #expect(Keyring(text: String(text.prefix(length))) == nil)
        }
    }

    @Test func `a huge file is malformed and not read whole`() throws {
        // Read whole, it would be a keyring.
        let text = "fountain-keyring-1\n" + (1...2_000).map { "\($0) \(Self.key)\n" }.joined()
        #expect(text.utf8.count > 1 << 16 && Keyring(text: text)?.ids.count == 2_000)
        try write(text)
        #expect(throws: KeyringFileError.malformed) { try file.load() }
    }
}
