// Services and their replicas. Endpoints follow from name and data directory unless the file gives them:
//
//   inproc    inproc://kms.calls                        inproc://kms-2.calls for the second replica
//   ipc       ipc://<data_dir>/run/kms.calls
//   tcp       always written; `bind` gives the IP address to bind where `calls` and `events` name a host

extension Topology {
    /// Names a service that the file does not name, where its sockets have places by themselves; over `tcp` they have none.
    package mutating func add(_ name: String) {
        guard service(name) == nil,
            let replica = Replica.unsaid(name, Addressing(bus.transport, dataDirectory))
        else { return }
        services.append(Service(name: name, prefix: "/\(name)", replicas: [replica], run: false))
    }
}

extension Topology.Service {
    static func all(
        reading section: Section,
        kind: Topology.Kind,
        transport: Topology.Bus.Transport,
        dataDirectory: String
    ) -> [Topology.Service] {
        if section.keys.isEmpty {
            section.findings.add("is missing; name at least one service", path: "services")
        }
        let ports = (kind == .test ? 0 : 1)...65_535
        let addressing = Addressing(transport, dataDirectory)
        return section.keys.compactMap { name in
            let service = section.section(name)
            do throws(Refusal) {
                guard let name = try Rule.name.read(name) else { throw Refusal("must be \(Rule.name.wants)") }
                return Topology.Service(reading: service, name: name, ports: ports, addressing)
            } catch {
                section.findings.add("the service's name \(error.message)", path: service.path)
                return nil
            }
        }
    }

    fileprivate init(reading section: Section, name: String, ports: ClosedRange<Int>, _ addressing: Addressing) {
        let isBuiltin = Builtin(rawValue: name) != nil
        self.init(
            name: name,
            prefix: section.value("prefix", .prefix) ?? "/\(name)",
            subdomain: section.value("subdomain", .label),
            port: isBuiltin ? section.value("port", .integer(ports)) : nil,
            replicas: Self.replicas(reading: section, name: name, addressing),
            run: isBuiltin && section.value("run", .flag) ?? true
        )
        if !isBuiltin { settings = Topology.ServiceSettings(reading: section.section("settings")) }
        section.finish(note: isBuiltin ? "" : " (`\(name)` is not one of the built-in services)")
    }

    private static func replicas(reading section: Section, name: String, _ addressing: Addressing) -> [Topology.Replica]
    {
        guard section.contains("replicas") else {
            // As if one had been listed with nothing said about it: over tcp a problem, otherwise the default.
            _ = section.sections("replicas")
            let path = "\(section.path).replicas[0]"
            let unsaid = Section(nil, path: path, findings: section.findings, environment: [:])
            return [Topology.Replica(reading: unsaid, name: name, index: 0, addressing)]
        }
        guard let listed = section.sections("replicas") else { return [] }
        if listed.isEmpty {
            section.findings.add("is empty; a service has at least one replica", path: section.path(to: "replicas"))
        }
        return listed.enumerated().map { index, replica in
            Topology.Replica(reading: replica, name: name, index: index, addressing)
        }
    }
}

extension Topology.ServiceSettings {
    /// Its keys are not ours to know; each has to be a name, and its value one line.
    fileprivate init(reading section: Section) {
        self.init()
        for name in section.keys {
            if (try? Rule.name.read(name)) == nil {
                section.findings.add(
                    "is no setting's name, which must be \(Rule.name.wants)",
                    path: section.path(to: name)
                )
            }
            guard let text = section.value(name, .textOrNothing) else { continue }
            given[name] = Given(text: text, place: section.findings.place(of: section.path(to: name)))
        }
    }
}

/// How endpoints are made where the file leaves them out.
private struct Addressing {
    let transport: Topology.Bus.Transport
    let dataDirectory: String

    init(_ transport: Topology.Bus.Transport, _ dataDirectory: String) {
        self.transport = transport
        self.dataDirectory = dataDirectory
    }

    /// nil over tcp, where no port can be guessed.
    func endpoint(_ name: String, _ index: Int, _ role: String) throws(Refusal) -> Topology.Endpoint? {
        let socket = index == 0 ? "\(name).\(role)" : "\(name)-\(index + 1).\(role)"
        switch transport {
        case .inproc: return .inproc(name: socket)
        case .ipc: return try .ipc(path: Rule<Topology.Endpoint>.socketPath("\(dataDirectory)/run/\(socket)"))
        case .tcp: return nil
        }
    }
}

extension Topology.Replica {
    /// Where gateways answer what every service answers; over `tcp` nowhere, unless the section says where. `bus` is the place of one, or lists
    /// those of several under `replicas`.
    static func gateways(
        reading section: Section,
        transport: Topology.Bus.Transport,
        dataDirectory: String
    ) -> [Topology.Replica] {
        let (addressing, name) = (Addressing(transport, dataDirectory), Topology.gatewayPeer)
        guard section.contains("bus") else { return unsaid(name, addressing).map { [$0] } ?? [] }
        let bus = section.section("bus")
        guard bus.contains("replicas") else {
            return [Topology.Replica(reading: bus, name: name, index: 0, addressing)]
        }
        defer { bus.finish() }
        return (bus.sections("replicas") ?? []).enumerated().map { index, replica in
            Topology.Replica(reading: replica, name: name, index: index, addressing)
        }
    }

    /// Of one that the file says nothing of; nil where its sockets have no places by themselves.
    fileprivate static func unsaid(_ name: String, _ addressing: Addressing) -> Topology.Replica? {
        guard let calls = try? addressing.endpoint(name, 0, "calls"),
            let events = try? addressing.endpoint(name, 0, "events")
        else { return nil }
        return Topology.Replica(calls: Socket(connect: calls), events: Socket(connect: events))
    }

    fileprivate init(reading section: Section, name: String, index: Int, _ addressing: Addressing) {
        let host = section.value("bind", .host)
        func socket(_ role: String) -> Topology.Replica.Socket {
            let unknown = Topology.Endpoint.inproc(name: "unknown")
            if let connect = section.value(role, .endpoint) {
                return Topology.Replica.Socket(connect: connect, bind: connect.bound(to: host))
            }
            guard !section.contains(role) else { return Topology.Replica.Socket(connect: unknown) }
            do throws(Refusal) {
                if let derived = try addressing.endpoint(name, index, role) {
                    return Topology.Replica.Socket(connect: derived)
                }
                throw Refusal("is missing; over tcp every endpoint is written, as in tcp://kms:7311")
            } catch {
                section.findings.add(error.message, path: section.path(to: role))
                return Topology.Replica.Socket(connect: unknown)
            }
        }
        self.init(calls: socket("calls"), events: socket("events"))
        section.finish()
    }
}

extension Topology.Endpoint {
    /// The same port on another address; itself where there is no port or no other address.
    fileprivate func bound(to host: String?) -> Topology.Endpoint {
        guard case .tcp(let address) = self, let host else { return self }
        return .tcp(Topology.Address(host: host, port: address.port))
    }
}
