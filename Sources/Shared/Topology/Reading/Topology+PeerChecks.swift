// Over tcp everybody has a key, or nothing starts; what would fall back to plaintext is refused here already.

extension Topology {
    func checkPeers(_ findings: Findings) {
        if bus.plaintext { checkPlaintext(findings) }
        guard isSecured else {
            guard !peers.isEmpty else { return }
            let why = bus.plaintext ? "bus.plaintext is true" : "bus.transport is \(bus.transport.rawValue)"
            return findings.add("are known by their keys, which needs bus.transport: tcp; here \(why)", path: "peers")
        }
        for name in services.map(\.name) + [Self.gatewayPeer] where peer(name) == nil {
            findings.add(
                "has no \(name); over tcp every service and the gateway has its key and its rights here",
                path: "peers"
            )
        }
        for peer in peers { checkKeys(of: peer, findings) }
        checkSharing(findings)
        for peer in peers { checkGrants(of: peer, findings) }
    }

    private func checkPlaintext(_ findings: Findings) {
        if bus.transport != .tcp {
            findings.add(
                "is only for transport: tcp; \(bus.transport.rawValue) does not leave this host",
                path: "bus.plaintext"
            )
        } else if !kind.isLoopbackOnly {
            findings.add("would let anybody read and forge; only kind: local and kind: test may", path: "bus.plaintext")
        }
    }

    private func checkKeys(of peer: Peer, _ findings: Findings) {
        let path = "peers.\(peer.name)"
        if peer.publicKeys.isEmpty, peer.publicKeysFile == nil {
            findings.add("needs `public_keys`, or `public_keys_file`; `fountain topology keys` makes them", path: path)
        }
        if !peer.publicKeys.isEmpty, peer.publicKeysFile != nil {
            findings.add("has `public_keys` and `public_keys_file`; keep one", path: path)
        }
        let isOurs = peer.name == Self.gatewayPeer || service(peer.name)?.builtin != nil
        if isOurs, peer.secretKeyFile == nil {
            findings.add("needs `secret_key_file`: the path of the file with its secret key", path: path)
        }
    }

    /// Two peers with one key would be one peer.
    private func checkSharing(_ findings: Findings) {
        var owners: [String: String] = [:]
        for peer in peers {
            let path = "peers.\(peer.name)"
            for (index, key) in peer.publicKeys.enumerated() {
                guard let other = owners.updateValue(peer.name, forKey: "key \(key)") else { continue }
                findings.add("is already a key of \(other)", path: "\(path).public_keys[\(index)]")
            }
            for (key, file) in [("public_keys_file", peer.publicKeysFile), ("secret_key_file", peer.secretKeyFile)] {
                guard let file, let other = owners.updateValue(peer.name, forKey: "file \(file)") else { continue }
                findings.add("is already a file of \(other)", path: "\(path).\(key)")
            }
        }
    }

    private func checkGrants(of peer: Peer, _ findings: Findings) {
        for (index, grant) in peer.mayCall.enumerated() {
            let name = String(grant.prefix { $0 != "." })
            guard name != "bus", service(name) == nil else { continue }
            let hint = Spelling.hint(for: name, among: services.map(\.name))
            findings.add(
                "names `\(name)`, which services does not name\(hint)",
                path: "peers.\(peer.name).may_call[\(index)]"
            )
        }
    }
}
