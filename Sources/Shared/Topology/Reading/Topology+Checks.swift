// What must hold between fields, once each is right in itself: nothing dangles, nothing stands twice, nothing that is
// meant for one machine is open to others, no limit makes another one pointless.

extension Topology {
    func check(into findings: Findings) {
        checkNames(findings)
        checkEndpoints(findings)
        checkExposure(findings)
        checkPeers(findings)
        checkAuthority(findings)
        checkLimits(findings)
        checkBusLimits(findings)
        checkPasswords(findings)
        checkDelivery(findings)
        checkStores(findings)
        checkLeases(findings)
        if telemetry.batch > telemetry.queue {
            let problem = "must not be more than telemetry.queue (\(telemetry.queue)), got \(telemetry.batch)"
            findings.add(problem, path: "telemetry.batch")
        }
    }

    private func checkNames(_ findings: Findings) {
        var prefixes: [String: String] = [:]
        var subdomains: [String: String] = [:]
        var ports: [Int: String] = gateway.listen.port > 0 ? [gateway.listen.port: "gateway.listen"] : [:]
        for service in services {
            let path = "services.\(service.name)"
            if Gateway.ownPaths.contains(service.prefix) {
                findings.add("\(service.prefix) is a path of the gateway's own", path: "\(path).prefix")
            }
            if let other = prefixes.updateValue(service.name, forKey: service.prefix) {
                findings.add("\(service.prefix) is already the prefix of \(other)", path: "\(path).prefix")
            }
            if let other = subdomains.updateValue(service.name, forKey: service.subdomain) {
                findings.add("\(service.subdomain) is already the subdomain of \(other)", path: "\(path).subdomain")
            }
            if let port = service.port, port > 0, let other = ports.updateValue("\(path).port", forKey: port) {
                findings.add("\(port) is already taken by \(other)", path: "\(path).port")
            }
        }
    }

    private func checkEndpoints(_ findings: Findings) {
        var taken: [Endpoint: String] = [:]
        forEachSocket { socket, path in
            if let other = taken.updateValue(path, forKey: socket.connect) {
                findings.add("\(socket.connect) is already \(other)", path: path)
            }
            if socket.connect.transport != bus.transport {
                findings.add("\(socket.connect) does not fit bus.transport: \(bus.transport.rawValue)", path: path)
            }
            if case .tcp(let address) = socket.bind, !address.isNumeric {
                let remedy = "add `bind: 0.0.0.0` or the IP address to bind"
                findings.add("\(address.host) is a name, which cannot be bound; \(remedy)", path: path)
            }
        }
    }

    private func forEachSocket(_ body: (Replica.Socket, String) -> Void) {
        for service in services {
            for (index, replica) in service.replicas.enumerated() {
                body(replica.calls, "services.\(service.name).replicas[\(index)].calls")
                body(replica.events, "services.\(service.name).replicas[\(index)].events")
            }
        }
        for (index, replica) in gatewayReplicas.enumerated() {
            let path = gatewayReplicas.count > 1 ? "gateway.bus.replicas[\(index)]" : "gateway.bus"
            body(replica.calls, "\(path).calls")
            body(replica.events, "\(path).events")
        }
    }

    /// `local` and `test` trust whoever reaches them, so only this machine may.
    private func checkExposure(_ findings: Findings) {
        if kind != .test, gateway.listen.port == 0 {
            let problem = "has port 0 (the kernel chooses), which is only for kind: test; name a port 1–65535"
            findings.add(problem, path: "gateway.listen")
        }
        if gateway.hosts.isEmpty {
            findings.add(
                "is empty: no request could be for this gateway; name at least one host",
                path: "gateway.hosts"
            )
        }
        guard kind.isLoopbackOnly else { return }
        let remedy = "use 127.0.0.1, or kind: production"
        if !gateway.listen.isLoopback {
            findings.add(
                "\(gateway.listen) is not loopback, and kind is \(kind.rawValue); \(remedy)",
                path: "gateway.listen"
            )
        }
        forEachSocket { socket, path in
            let ends = socket.bind == socket.connect ? [socket.bind] : [socket.connect, socket.bind]
            for case .tcp(let address) in ends where !address.isLoopback {
                findings.add("\(address) is not loopback, and kind is \(kind.rawValue); \(remedy)", path: path)
            }
        }
    }

    private func checkAuthority(_ findings: Findings) {
        let authority = gateway.authority
        let asked =
            [
                ("jwks", authority.jwks), ("api_keys", authority.apiKeys), ("step_up", authority.stepUp),
                ("tokens", authority.tokens),
            ] + authority.leases.map { ("leases", Optional($0)) }
        for (key, operation) in asked {
            guard let name = operation?.prefix(while: { $0 != "." }).description, service(name) == nil else { continue }
            let hint = Spelling.hint(for: name, among: services.map(\.name))
            findings.add("asks `\(name)`, which services does not name\(hint)", path: "gateway.authority.\(key)")
        }
        guard authority.jwks == "kms.jwks" else { return }
        let claims = [
            ("issuer", authority.issuer, keyManagement.issuer),
            ("audience", authority.audience, keyManagement.audience),
        ]
        for (key, expected, issued) in claims where expected != issued {
            let problem = "is \(quoted(expected)) but kms.\(key) is \(quoted(issued)): every token would be refused"
            findings.add(problem, path: "gateway.authority.\(key)")
        }
    }

    private func checkLimits(_ findings: Findings) {
        if bus.liveness < bus.heartbeat * 2 {
            let least = (bus.heartbeat * 2).text
            findings.add("must be at least two heartbeats (\(least)), got \(bus.liveness.text)", path: "bus.liveness")
        }
        // A body travels in one message, beside an envelope that is small but not nothing.
        let room = 64 << 10
        if bus.maxMessage < gateway.maxBody + room {
            let least = "\(gateway.maxBody.sizeText) and \(room.sizeText) for the envelope"
            findings.add(
                "must hold gateway.max_body: \(least); got \(bus.maxMessage.sizeText)",
                path: "bus.max_message"
            )
        }
    }

    /// A limit that a single message reaches would refuse what is right.
    private func checkBusLimits(_ findings: Findings) {
        let limits = bus.limits
        let all = [
            ("in_hand", limits.inHand), ("in_hand_per_service", limits.inHandPerService),
            ("unread_answers", limits.unreadAnswers), ("unread_answers_per_peer", limits.unreadAnswersPerPeer),
        ]
        for (key, bytes) in all where bytes < 2 * bus.maxMessage {
            findings.add(
                "must hold two messages of bus.max_message (\((2 * bus.maxMessage).sizeText)), got \(bytes.sizeText)",
                path: "bus.limits.\(key)"
            )
        }
    }

    private func checkPasswords(_ findings: Findings) {
        let cost = keyManagement.scrypt
        if kind != .test, cost.ln < 17 || cost.r < 8 {
            let problem =
                "must be at least ln 17 and r 8, got ln \(cost.ln) and r \(cost.r); only kind: test may be cheaper"
            findings.add(problem, path: cost.ln < 17 ? "kms.scrypt.ln" : "kms.scrypt.r")
        }
        if cost.memory > 1 << 30 {
            findings.add(
                "needs \(cost.memory.sizeText) for one hash, 1GiB is the most; lower ln or r",
                path: "kms.scrypt"
            )
        }
        if kind == .production, keyManagement.firstAdmin == .open {
            findings.add(
                "open lets whoever comes first be admin; in production it must be token",
                path: "kms.first_admin"
            )
        }
        if keyManagement.adminStepUp == .always, service(.kms) != nil, gateway.authority.stepUp == nil {
            findings.add(
                "is always, and no service verifies a second factor; name 2fa in services",
                path: "kms.admin_step_up"
            )
        }
    }

    private func checkDelivery(_ findings: Findings) {
        guard service(.twoFactor) != nil else { return }
        switch twoFactor.delivery {
        case .log where kind == .production:
            let problem = "log writes codes into the log; in production it must be smtp or twilio"
            findings.add(problem, path: "two_factor.delivery")
        case .sink where kind != .test:
            findings.add(
                "sink keeps codes for a test to take out; it is only for kind: test",
                path: "two_factor.delivery"
            )
        case .smtp(let smtp) where !smtp.startTLS && !smtp.server.isLoopback:
            let problem = "may be false only towards loopback: codes would cross the network in the clear"
            findings.add(problem, path: "two_factor.smtp.starttls")
        case .twilio(let twilio) where !twilio.baseURL.utf8.starts(with: "https://".utf8) && kind == .production:
            findings.add("must be https in production", path: "two_factor.twilio.base_url")
        default: break
        }
    }
}
