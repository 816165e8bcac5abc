// Peers: their keys and what they may do.

extension Topology.Peer {
    static func all(reading section: Section) -> [Topology.Peer] {
        section.keys.compactMap { name in
            let peer = section.section(name)
            do throws(Refusal) {
                guard let name = try Rule.name.read(name) else { throw Refusal("must be \(Rule.name.wants)") }
                return Topology.Peer(reading: peer, name: name)
            } catch {
                section.findings.add("the peer's name \(error.message)", path: peer.path)
                return nil
            }
        }
    }

    private init(reading section: Section, name: String) {
        self.init(name: name)
        publicKeys = section.values("public_keys", .publicKey)
        section.read("public_keys_file", .path, into: &publicKeysFile)
        section.read("secret_key_file", .path, into: &secretKeyFile)
        mayCall = section.values("may_call", .grant)
        maySubscribe = section.values("may_subscribe", .grant)
        section.finish()
    }
}
