// What secures a socket, by its endpoint. The one place where a socket may come to be without CURVE over `tcp`, and it says no.

internal import ZeroMQ

extension LoopEnvironment {
    /// Whether an endpoint is one at which peers have to prove who they are.
    func isSecured(_ endpoint: String) -> Bool { endpoint.utf8.starts(with: "tcp:".utf8) && configuration.keys != nil }

    /// Bytes that a message may have which is sent at this endpoint. The other side may count what CURVE adds, and ends the connection over
    /// a byte too many; ours takes as much more than this.
    func messageLimit(at endpoint: String) -> Int {
        configuration.maxMessageBytes - (isSecured(endpoint) ? Curve.frameOverhead : 0)
    }

    /// The same for calls, before it is known which replica they go to.
    var callLimit: Int { configuration.maxMessageBytes - (configuration.keys == nil ? 0 : Curve.frameOverhead) }

    /// The decisions about those who call at an endpoint; nil where they are all of one owner: over `inproc` and `ipc`.
    func trust(at endpoint: String) -> Trust? { isSecured(endpoint) ? bus.trust ?? Self.nobody : nil }

    private static let nobody = Trust([:])

    /// For a socket that is bound.
    ///
    /// - Throws: `Failure` where the endpoint would be open to strangers.
    func securityForBinding(_ endpoint: String) throws(Failure) -> SocketSecurity {
        if let keys = configuration.keys, isSecured(endpoint) { return .server(secretKey: keys.secretKey.bytes) }
        try requireNoSecurity(endpoint)
        return .none
    }

    /// For a socket that connects to a service.
    ///
    /// - Parameters:
    ///   - service: Its name, by which its keys are known.
    ///   - endpoint: Where it is.
    ///   - turn: Where a service has several keys, each has its turn (`KeyTurns`).
    /// - Returns: What to set on the socket.
    /// - Throws: `Failure` where what is sent could be read, or be meant for somebody else.
    func security(for service: String, at endpoint: String, turn: Int) throws(Failure) -> SocketSecurity {
        guard let keys = configuration.keys, isSecured(endpoint) else {
            try requireNoSecurity(endpoint)
            return .none
        }
        guard let serverKey = KeyTurns.choose(turn, from: bus.trust?.keys(of: service) ?? []) else {
            throw Failure(.unavailable, "No public key of \"\(service)\" is known.")
        }
        return .client(
            publicKey: keys.publicKey.bytes,
            secretKey: keys.secretKey.bytes,
            serverKey: serverKey.bytes
        )
    }

    /// How many keys a service at this endpoint may prove itself with: so many attempts make up one.
    func keyCount(of service: String, at endpoint: String) -> Int {
        isSecured(endpoint) ? max(1, bus.trust?.keys(of: service).count ?? 1) : 1
    }

    /// - Throws: `Failure` where this node could talk to a service only in the clear.
    func checkDirectory() throws(Failure) {
        for address in configuration.directory.values.joined() {
            for endpoint in [address.calls, address.events] where !isSecured(endpoint) {
                try requireNoSecurity(endpoint)
            }
        }
    }

    private func requireNoSecurity(_ endpoint: String) throws(Failure) {
        guard endpoint.utf8.starts(with: "tcp:".utf8) else { return }
        guard configuration.allowsPlaintextOnLoopback, Self.isLoopback(endpoint) else {
            throw Failure(
                .unavailable,
                "\(endpoint) would be open to anybody: tcp needs keys (peers, in the topology)."
            )
        }
    }

    /// Whether what a name stands for may be connected to: in the clear nothing but loopback, whatever `localhost` is somewhere.
    func mayBeReached(_ address: String) -> Bool {
        !address.utf8.starts(with: "tcp:".utf8) || isSecured(address) || Self.isLoopback(address)
    }

    /// By the numbers only: a name is looked up elsewhere, and may be anything there.
    private static func isLoopback(_ endpoint: String) -> Bool {
        guard let colon = endpoint.utf8.lastIndex(of: UInt8(ascii: ":")) else { return false }
        var host = endpoint.utf8[..<colon].dropFirst("tcp://".utf8.count)
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") { host = host.dropFirst().dropLast() }
        if ["::1", "localhost"].contains(where: { host.elementsEqual($0.utf8) }) { return true }
        // How libzmq writes an IPv4 address that an IPv6 socket has bound.
        let mapped = "::ffff:".utf8
        if host.starts(with: mapped) { host = host.dropFirst(mapped.count) }
        let octets = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { UInt8(Substring($0)) }
        return octets.count == 4 && octets.allSatisfy { $0 != nil } && octets[0] == 127
    }
}
