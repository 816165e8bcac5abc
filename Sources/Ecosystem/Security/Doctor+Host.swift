// What protects a bus that does not leave its host: the modes of directories and files, and loopback.

import Bus
import Foundation
import FountainService
import Topology

extension Doctor {
    func examineHost(_ report: (Finding) -> Void) async throws {
        let node = try Node(try topology.nodeConfiguration("doctor", logger: logger), context: try BusContext())
        for answer in try await RollCall(topology).ask(nil, by: node) {
            let claim = "\(answer.name): answers"
            report(answer.isThere ? .good(claim) : .bad(claim, "\(answer.remark) Nothing is proven while it is away."))
            if answer.isThere, topology.service(answer.name) != nil { report(clock(of: answer.name, by: node)) }
        }
        let compared = await Result { try await examineReplicas(by: node, report) }
        await node.shutDown()
        try compared.get()
        for directory in ["", "/run", "/keys"] { report(isPrivate(topology.dataDirectory + directory, limit: 0o700)) }
        let keys = (try? FileManager.default.contentsOfDirectory(atPath: topology.dataDirectory + "/keys")) ?? []
        for key in keys.sorted() { report(isPrivate("\(topology.dataDirectory)/keys/\(key)", limit: 0o600)) }
        if topology.kind.isLoopbackOnly { for port in ports { report(isOnLoopback(port)) } }
    }

    /// A node that has just spoken with a service knows how its clock stands.
    func clock(of service: String, by node: Node) -> Finding {
        let claim = "\(service): its clock agrees with this host's"
        guard let seconds = node.clocks.seconds[service] else { return .good(claim, "not told by this service") }
        guard abs(seconds) > topology.bus.clockTolerance / .seconds(1) else { return .good(claim) }
        let remedy = "calls work, but times of events, tokens and logs differ: set the clocks (NTP) of both hosts"
        return .bad(claim, "it is \(Duration.skewText(seconds)): \(remedy)")
    }

    /// Whether nobody but its owner has any right to it.
    private func isPrivate(_ path: String, limit: Int) -> Finding {
        let claim = "\(path): is its owner's alone"
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue
        else { return .bad(claim, "it is not there, or cannot be looked at") }
        let octal = "0" + String(mode & 0o777, radix: 8)
        guard mode & 0o777 & ~limit == 0 else {
            return .bad(claim, "mode \(octal): chmod 0\(String(limit, radix: 8)) \(path)")
        }
        return .good(claim, "mode \(octal)")
    }

    private var ports: [Int] {
        let sockets = topology.services.flatMap(\.replicas).flatMap { [$0.calls.bind, $0.events.bind] }
        let bus = sockets.compactMap { if case .tcp(let address) = $0 { address.port } else { nil } }
        return (topology.listeners.map(\.address.port) + bus).filter { $0 > 0 }
    }

    private func isOnLoopback(_ port: Int) -> Finding {
        let claim = "port \(port): is listened on, on loopback only"
        let listening = ListeningSockets.onThisHost().filter { $0.port == port }
        guard !listening.isEmpty else { return .bad(claim, "nobody listens there: is the ecosystem running?") }
        guard let open = listening.first(where: { !$0.isLoopback }) else { return .good(claim) }
        return .bad(claim, "somebody listens on \(open.address): write 127.0.0.1 into the topology")
    }
}
