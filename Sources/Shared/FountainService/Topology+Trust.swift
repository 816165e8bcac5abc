// The topology's peers as the bus needs them: keys from their files, grants as they stand.

package import Bus
import Foundation
package import Topology

extension Topology {
    /// Who is on the bus, and what each may do.
    ///
    /// - Throws: `Failure` naming the file of public keys that is missing or wrong.
    package func trustedPeers() throws(Failure) -> Peers {
        var all: Peers = [:]
        for peer in peers {
            all[peer.name] = trusted(peer, try publicKeys(of: peer))
        }
        return all
    }

    package func publicKeys(of peer: Peer) throws(Failure) -> [PeerKey] {
        guard let file = peer.publicKeysFile else { return peer.publicKeys.compactMap { PeerKey($0) } }
        return try PublicKeysFile.load(file)
    }

    /// The key that a peer of this host proves itself with.
    ///
    /// - Throws: `Failure` where there is none, or where nobody would let it in.
    package func keys(of name: String) throws(Failure) -> PeerKeyPair {
        guard let peer = peer(name), let file = peer.secretKeyFile else {
            throw Failure(.notFound, "The topology names no secret key of \"\(name)\" (peers.\(name).secret_key_file).")
        }
        let pair = try SecretKeyFile.load(file)
        guard try publicKeys(of: peer).contains(pair.publicKey) else {
            let place = peer.publicKeysFile ?? "peers.\(name).public_keys"
            throw Failure(
                .conflict,
                "\(file): its public key \(pair.publicKey) is not in \(place), so nobody would let \(name) in."
            )
        }
        return pair
    }

    /// Whom a command on this host can come as: the one asked for, or else the operator or the first peer whose secret key is here.
    ///
    /// - Throws: `Failure` where there is none.
    package func localPeer(preferring name: String?) throws(Failure) -> String {
        if let name {
            guard peer(name) != nil else {
                let all = peers.map(\.name).joined(separator: ", ")
                throw Failure(.notFound, "The topology names no peer \"\(name)\". It has \(all).")
            }
            return name
        }
        let here = peers.filter { $0.secretKeyFile.map { FileManager.default.isReadableFile(atPath: $0) } ?? false }
        guard let chosen = here.first(where: { $0.name == Self.operatorPeer }) ?? here.first else {
            throw Failure(.notFound, "No secret key of any peer is here; `fountain topology keys` makes them.")
        }
        return chosen.name
    }

    private static let operatorPeer = "operator"
}

private func trusted(_ peer: Topology.Peer, _ keys: [PeerKey]) -> Peer {
    Peer(
        publicKeys: keys,
        mayCall: peer.mayCall.map { Grant($0) },
        maySubscribe: peer.maySubscribe.map { Grant($0) }
    )
}

extension BusContext {
    /// The context of a process of this ecosystem: with a doorkeeper where peers have to prove who they are.
    package static func of(_ topology: Topology) async throws -> BusContext {
        guard topology.isSecured else { return try BusContext() }
        return try await BusContext(securedBy: Trust(try topology.trustedPeers()))
    }
}
