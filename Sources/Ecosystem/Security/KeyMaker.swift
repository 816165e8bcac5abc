// Makes the keys of a topology's peers, replaces them, and says whether those that are there are good: `fountain topology keys`.
//
//   make    a fresh pair for each peer that has a `secret_key_file`
//   add     a second pair for one peer, its secret in `….next`: both public keys are accepted from the next reload on
//   retire  only the public key of the secret that is in use stays
//   check   nothing is written
//
// It answers in lines for a terminal. Where public keys stand in the topology itself, it says what to write there.

package import Bus
import Foundation
import FountainService
package import Topology

package struct KeyMaker: Sendable {
    private let topology: Topology

    /// - Throws: `Failure` where the topology has no peers to make keys for.
    package init(_ topology: Topology) throws(Failure) {
        guard topology.isSecured else {
            let why =
                "its bus is \(topology.bus.transport.rawValue), which does not leave this host or is in the clear on loopback"
            throw Failure(.invalidRequest, "\(topology.name) needs no keys: \(why).")
        }
        self.topology = topology
    }

    // MARK: Making

    /// - Parameters:
    ///   - only: One peer; all that have a `secret_key_file` where nothing is said.
    ///   - force: Whether keys that are there are replaced.
    /// - Returns: What was made, and what is left to do.
    /// - Throws: `Failure` with `conflict`, and nothing was made, where a file is there and `force` is not given.
    package func make(only: String?, force: Bool) throws -> [String] {
        let peers = try only.map { [try peer($0)] } ?? topology.peers.filter { $0.secretKeyFile != nil }
        let files = peers.flatMap { [$0.secretKeyFile, $0.publicKeysFile].compactMap { $0 } }
        if !force, let there = files.first(where: { FileManager.default.fileExists(atPath: $0) }) {
            throw Failure(
                .conflict,
                "\(there) is there already; --check looks at it, --add replaces a key, --force starts over."
            )
        }
        return try peers.flatMap { try make($0, force: force) }
    }

    private func make(_ peer: Topology.Peer, force: Bool) throws -> [String] {
        let pair = try PeerKeyPair()
        let file = try secretFile(of: peer)
        try SecretKeyFile.write(pair, file, peer: peer.name, force: force)
        return ["\(peer.name)  made \(file)"] + (try publish([pair.publicKey], of: peer))
    }

    /// A second key for a peer. Its secret waits beside the one in use until the peer is restarted with it.
    package func add(_ name: String) throws -> [String] {
        let peer = try peer(name)
        let pair = try PeerKeyPair()
        let file = try secretFile(of: peer) + ".next"
        try SecretKeyFile.write(pair, file, peer: name, force: false)
        return ["\(name)  made \(file)"] + (try publish(try topology.publicKeys(of: peer) + [pair.publicKey], of: peer))
            + [
                "next: reload every process (SIGHUP), mv \(file) \(try secretFile(of: peer)), restart \(name), --retire \(name)"
            ]
    }

    /// Leaves only the key whose secret is in use.
    package func retire(_ name: String) throws -> [String] {
        let peer = try peer(name)
        let kept = try topology.keys(of: name).publicKey
        return try publish([kept], of: peer) + ["next: reload every process (SIGHUP)"]
    }

    private func publish(_ keys: [PeerKey], of peer: Topology.Peer) throws -> [String] {
        guard let file = peer.publicKeysFile else {
            return [
                "write into the topology:  peers.\(peer.name).public_keys: [\(keys.map(\.description).joined(separator: ", "))]"
            ]
        }
        try PublicKeysFile.write(keys, file, peer: peer.name)
        return ["\(peer.name)  \(file) has \(keys.count == 1 ? "one key" : "\(keys.count) keys")"]
    }

    // MARK: Checking

    /// Looks at the keys of every peer whose secret key is on this host, and at all public keys.
    package func check() -> [Finding] { topology.peers.flatMap { check($0) } }

    private func check(_ peer: Topology.Peer) -> [Finding] {
        let listed = Finding.of("\(peer.name): its public keys are there") {
            let count = try topology.publicKeys(of: peer).count
            return count == 1 ? "one key" : "\(count) keys"
        }
        guard let file = peer.secretKeyFile, FileManager.default.fileExists(atPath: file) else { return [listed] }
        let own = Finding.of("\(peer.name): its secret key is its owner's alone, and known to the others") {
            "\(file), public key \(try topology.keys(of: peer.name).publicKey)"
        }
        return [listed, own]
    }

    private func peer(_ name: String) throws(Failure) -> Topology.Peer {
        if let peer = topology.peer(name) { return peer }
        let all = topology.peers.map(\.name).joined(separator: ", ")
        throw Failure(.notFound, "The topology names no peer \"\(name)\". It has \(all).")
    }

    private func secretFile(of peer: Topology.Peer) throws(Failure) -> String {
        if let file = peer.secretKeyFile { return file }
        throw Failure(.invalidRequest, "peers.\(peer.name) has no secret_key_file to write to.")
    }
}
