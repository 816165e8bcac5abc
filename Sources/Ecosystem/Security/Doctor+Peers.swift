// What protects a bus that leaves its host: keys and grants. Each replica is tried with the right key first; only a door that opens for
// the right one proves something by staying shut for others.

import Bus
import Foundation
import FountainService
import Topology

extension Doctor {
    func examinePeers(_ report: (Finding) -> Void) async throws {
        for finding in try KeyMaker(topology).check() { report(finding) }
        let own: Passport
        do { own = try credentials() } catch {
            return report(.bad("this command has a key to come with", complaint(error)))
        }
        let visitor = try Visitor()
        for (name, replica) in places { try await examine(name, replica, own, visitor, report) }
        if topology.gatewayReplicas.isEmpty {
            report(.good("gateway: its doors on the bus", "not tried: the topology has no `gateway.bus`"))
        }
        let configuration = try topology.nodeConfiguration("doctor", as: own.name, logger: logger)
        let node = try Node(configuration, context: try await .of(topology))
        let compared = await Result { try await examineReplicas(by: node, report) }
        await node.shutDown()
        try compared.get()
    }

    /// Each replica of a service, and each gateway that has a place on the bus.
    private var places: [(name: String, replica: Topology.Replica)] {
        topology.services.flatMap { service in service.replicas.map { (service.name, $0) } }
            + topology.gatewayReplicas.map { (Topology.gatewayPeer, $0) }
    }

    private func examine(
        _ service: String,
        _ replica: Topology.Replica,
        _ own: Passport,
        _ visitor: Visitor,
        _ report: (Finding) -> Void
    ) async throws {
        var configuration = try topology.nodeConfiguration("doctor", as: own.name, logger: logger)
        // What it is asked by call shall be this replica's answer, and no other's.
        configuration.directory[service] = [ServiceAddress(replica, \.connect)]
        let node = try Node(configuration, context: try await .of(topology))
        let examined = await Result { try await examine(service, replica, own, visitor, node, report) }
        await node.shutDown()
        try examined.get()
    }

    private func credentials() throws -> Passport {
        let name = try topology.localPeer(preferring: peer)
        return Passport(
            name: name,
            keys: try topology.keys(of: name),
            stranger: try PeerKeyPair(),
            peers: try topology.trustedPeers()
        )
    }

    private func examine(
        _ service: String,
        _ replica: Topology.Replica,
        _ own: Passport,
        _ visitor: Visitor,
        _ node: Node,
        _ report: (Finding) -> Void
    ) async throws {
        for (endpoint, isEvents) in [(replica.calls.connect, false), (replica.events.connect, true)] {
            let door = Door(service: service, endpoint: endpoint.description, isEvents: isEvents)
            guard let key = try await rightKey(door, own, visitor) else {
                let remedy = "nothing is proven there; is it running, with this topology and these keys?"
                report(.bad("\(door): opens for \(own.name), and has the key that the topology names", remedy))
                continue
            }
            report(.good("\(door): opens for \(own.name), and has the key that the topology names"))
            report(refused("who comes in the clear", at: door, try await visitor.knock(door, as: nil, expecting: nil)))
            report(refused("an unknown key", at: door, try await visitor.knock(door, as: own.stranger, expecting: key)))
            if isEvents {
                for finding in try await subscriptions(door, key, own, visitor, node) { report(finding) }
            } else {
                report(await call(door, own, node))
                report(clock(of: service, by: node))
            }
        }
    }

    /// The one of the service's keys that it has, found out by trying: twice, since a door that is just being closed to be opened again lets nobody in.
    private func rightKey(_ door: Door, _ own: Passport, _ visitor: Visitor) async throws -> PeerKey? {
        let keys = own.peers[door.service]?.publicKeys ?? []
        for key in keys + keys {
            switch try await visitor.knock(door, as: own.keys, expecting: key) {
            case .letIn: return key
            case .refused: continue
            case .nobody, .silent: return nil
            }
        }
        return nil
    }

    private func refused(_ who: String, at door: Door, _ outcome: Visitor.Outcome) -> Finding {
        let claim = "\(door): refuses \(who)"
        switch outcome {
        case .refused: return .good(claim)
        case .letIn: return .bad(claim, "it was let in: restart the service with this topology")
        case .nobody: return .bad(claim, "nobody listens there any more")
        case .silent: return .bad(claim, "it neither opened nor closed the connection")
        }
    }

    // MARK: Calls

    private func call(_ door: Door, _ own: Passport, _ node: Node) async -> Finding {
        let claim = "\(door): refuses a call that \(own.name) is not granted"
        do {
            let info = try await node.call(BusOperations.info, Empty(), on: door.service)
            let all = info.operations + [BusOperations.stats.description]
            let may = own.peers[own.name]
            guard let operation = all.first(where: { may?.isGranted($0.name, $0.access) != true })?.name else {
                return .good(claim, "not tried: \(own.name) may call everything there; try --as another peer")
            }
            return await verdict(claim, operation) {
                _ = try await node.call(operation, payload: Array("{}".utf8), on: door.service)
            }
        } catch { return .bad(claim, complaint(error)) }
    }

    /// Good where what is tried is forbidden, and nothing else will do.
    private func verdict(_ claim: String, _ what: String, _ body: () async throws -> Void) async -> Finding {
        do {
            try await body()
            return .bad(claim, "\(what) was answered: see peers in the topology that the service runs with")
        } catch let failure as Failure where failure.code == .forbidden {
            return .good(claim, what)
        } catch { return .bad(claim, "\(what): \(complaint(error))") }
    }

    // MARK: Subscriptions

    /// A publisher says with every heartbeat where each topic stands, so silence after a few of them means that nothing is delivered.
    private func subscriptions(
        _ door: Door,
        _ key: PeerKey,
        _ own: Passport,
        _ visitor: Visitor,
        _ node: Node
    ) async throws -> [Finding] {
        let info = try? await node.call(BusOperations.info, Empty(), on: door.service)
        guard let info, !info.topics.isEmpty else { return [] }
        let wait = topology.bus.heartbeat * 3
        let claim = "\(door): delivers nothing to who subscribes to everything"
        let hasHeard = try await visitor.hears("", at: door.endpoint, as: own.keys, expecting: key, within: wait)
        var findings = [hasHeard ? Finding.bad(claim, "it does: restart the service with this topology") : .good(claim)]
        for topic in info.topics.map(\.name) where own.peers[own.name]?.isGranted(topic: topic) == true {
            let claim = "\(door): delivers \(topic) to \(own.name), who may have it"
            let hears = try await visitor.hears(
                "\(topic)\0",
                at: door.endpoint,
                as: own.keys,
                expecting: key,
                within: wait
            )
            findings.append(
                hears ? .good(claim) : .bad(claim, "nothing came in \(wait): so the silence above proves nothing")
            )
        }
        let refusal = "\(door): tells who subscribes to what it may not have"
        findings.append(
            await verdict(refusal, "*") {
                _ = try await node.subscribe("*", publisher: door.service, from: .live).next()
            }
        )
        return findings
    }

    private func complaint(_ error: any Error) -> String { (error as? Failure)?.detail ?? "\(error)" }
}

/// One endpoint of a replica.
private struct Door: CustomStringConvertible {
    let service: String
    let endpoint: String
    let isEvents: Bool
    var description: String { "\(service) \(isEvents ? "events" : "calls ")" }
}

extension Visitor {
    fileprivate func knock(_ door: Door, as keys: PeerKeyPair?, expecting key: PeerKey?) async throws -> Outcome {
        try await knock(door.endpoint, as: keys, expecting: key, isEvents: door.isEvents)
    }
}
