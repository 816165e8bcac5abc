// Keys in files: made once, refused where others may read them, replaced without losing the one in use.

import Bus
import Foundation
import FountainService
import Testing
import Topology

@testable import Ecosystem

@Suite(.tags(.integration), .witnessed) struct KeyMakerTests {
    let directory: TemporaryDirectory
    let topology: Topology

    init() throws {
        directory = try TemporaryDirectory()
        topology = try SecuredTopology(in: directory, ports: Array(20_001...20_010)).read()
    }

    func file(_ name: String) -> String { "\(directory.path)/bus-keys/\(name)" }

    func mode(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }

    func chmod(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func `each peer gets a pair of its own, the secret half for nobody else`() throws {
        let lines = try KeyMaker(topology).make(only: nil, force: false)
        #expect(lines.count == 2 * topology.peers.count)
        #expect(try mode("\(directory.path)/bus-keys") == 0o700)
        for peer in topology.peers {
            let secret = try #require(peer.secretKeyFile)
            #expect(try mode(secret) == 0o600)
            #expect(try topology.publicKeys(of: peer) == [try topology.keys(of: peer.name).publicKey])
            #expect(!lines.joined().contains(try SecretKeyFile.load(secret).secretText))
        }
        #expect(Set(try topology.trustedPeers().values.flatMap(\.publicKeys)).count == topology.peers.count)
        #expect(try KeyMaker(topology).check().allSatisfy(\.isGood))
    }

    @Test func `keys that are there are not overwritten, but for force`() throws {
        _ = try KeyMaker(topology).make(only: "kms", force: false)
        let first = try topology.keys(of: "kms").publicKey
        let refused = #expect(throws: Failure.self) { try KeyMaker(topology).make(only: nil, force: false) }
        #expect(refused?.code == .conflict)
        #expect(!FileManager.default.fileExists(atPath: file("2fa.secret")))
        #expect(try topology.keys(of: "kms").publicKey == first)
        _ = try KeyMaker(topology).make(only: "kms", force: true)
        #expect(try topology.keys(of: "kms").publicKey != first)
    }

    @Test(arguments: [0o644, 0o640, 0o660, 0o604, 0o666])
    func `a secret key that others may read is refused, and the check says so`(mode: Int) throws {
        _ = try KeyMaker(topology).make(only: nil, force: false)
        try chmod(mode, file("kms.secret"))
        let failure = #expect(throws: Failure.self) { try topology.keys(of: "kms") }
        #expect(failure?.detail.contains("mode 0\(String(mode, radix: 8))") == true)
        let bad = try KeyMaker(topology).check().filter { !$0.isGood }
        #expect(bad.count == 1 && bad[0].line.contains("FAILED") && bad[0].line.contains("kms.secret"))
    }

    @Test(arguments: ["", "none", "# only a comment", String(repeating: "0", count: 63)])
    func `a file that holds no key is refused`(text: String) throws {
        _ = try KeyMaker(topology).make(only: nil, force: false)
        for name in ["kms.secret", "kms.public"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
            #expect(throws: Failure.self) { try topology.keys(of: "kms") }
        }
    }

    @Test func `a link is no key file`() throws {
        _ = try KeyMaker(topology).make(only: nil, force: false)
        try FileManager.default.moveItem(atPath: file("kms.secret"), toPath: file("elsewhere"))
        try FileManager.default.createSymbolicLink(atPath: file("kms.secret"), withDestinationPath: file("elsewhere"))
        #expect(throws: Failure.self) { try topology.keys(of: "kms") }
    }

    @Test func `a key that the others do not know is refused before anybody refuses it`() throws {
        _ = try KeyMaker(topology).make(only: nil, force: false)
        try PublicKeysFile.write([try PeerKeyPair().publicKey], file("kms.public"), peer: "kms")
        let failure = #expect(throws: Failure.self) { try topology.keys(of: "kms") }
        #expect(failure?.code == .conflict)
        #expect(try KeyMaker(topology).check().filter { !$0.isGood }.count == 1)
    }

    @Test func `a second key is listed beside the first, and the first goes when it is retired`() throws {
        _ = try KeyMaker(topology).make(only: nil, force: false)
        let kms = try #require(topology.peer("kms"))
        let old = try topology.keys(of: "kms").publicKey
        _ = try KeyMaker(topology).add("kms")
        let both = try topology.publicKeys(of: kms)
        #expect(both.count == 2 && both[0] == old)
        #expect(try mode(file("kms.secret.next")) == 0o600)
        #expect(try topology.keys(of: "kms").publicKey == old)
        #expect(throws: Failure.self) { try KeyMaker(topology).add("kms") }
        try FileManager.default.removeItem(atPath: file("kms.secret"))
        try FileManager.default.moveItem(atPath: file("kms.secret.next"), toPath: file("kms.secret"))
        #expect(try topology.keys(of: "kms").publicKey == both[1])
        _ = try KeyMaker(topology).retire("kms")
        #expect(try topology.publicKeys(of: kms) == [both[1]])
    }

    @Test func `a bus that does not leave its host needs no keys`() throws {
        let local = try Topology.load("\(Repository.root.path)/topology/local.yaml", environment: [:])
        #expect(throws: Failure.self) { try KeyMaker(local) }
    }
}
