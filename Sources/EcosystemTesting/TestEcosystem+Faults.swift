// Faults in a whole ecosystem: wires before its services, services that die and come back.

import Bus
import Ecosystem
import FountainService
import Logging
import ServiceLifecycle
import Topology

extension TestEcosystem {
    /// Ends a service as `kill -9` ends a process: connections are gone at once, nothing in hand is finished, nobody is told. Its database is
    /// left as it is, but not what the process had handed to the disk: for that, kill a real process (`EndToEnd/CrashTests`). `replica`: which of
    /// several, from 1 on.
    ///
    /// - Throws: `Failure` with `not_found` where the ecosystem has no such service.
    public func kill(_ service: String, replica: Int = 1) async throws {
        guard await !restarted.kill("\(service) \(replica)") else { return }
        try await ecosystem.kill(service, replica: replica)
    }

    /// Brings a service up again on the data of the one that was killed; when it returns, `bus` and the gateway have found it.
    ///
    /// - Throws: `Failure` saying why it could not be brought up.
    public func restart(_ service: String, replica: Int = 1) async throws {
        await restarted.run("\(service) \(replica)", try await ecosystem.restart(service, replica: replica))
        while (try? await bus.call(BusOperations.ping, Empty(), on: service, timeout: .milliseconds(500))) == nil {
            try Task.checkCancellation()
        }
        try await ecosystem.untilFound(service)
    }
}

/// Services that came back, each in a group of its own; the ecosystem's group knows only those that it began with.
actor RestartedServices {
    private struct Running {
        let service: any RestartedService
        let group: ServiceGroup
        let task: Task<Void, any Error>
    }

    private var running: [(name: String, life: Running)] = []

    func run(_ name: String, _ service: any RestartedService) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: logger))
        running.append((name, Running(service: service, group: group, task: Task { try await group.run() })))
    }

    /// True where the present life of the service was one of ours.
    func kill(_ name: String) async -> Bool {
        guard let last = running.last(where: { $0.name == name }) else { return false }
        await last.life.service.kill()
        return true
    }

    func end() async {
        for (_, life) in running.reversed() {
            await life.group.triggerGracefulShutdown()
            _ = try? await life.task.value
        }
    }
}

extension Topology {
    /// Opens wires to services, and lets everybody find the wire in the service's place; the service itself is bound where it was.
    mutating func putWires(_ plans: [String: FaultPlan], _ context: BusContext) async throws -> [String: FaultyWire] {
        var wires: [String: FaultyWire] = [:]
        for index in services.indices {
            guard let plan = plans[services[index].name] else { continue }
            let bound = services[index].replicas[0]
            let place = ServiceAddress(calls: bound.calls.bind.description, events: bound.events.bind.description)
            let wire = try await FaultyWire.open(to: place, context: context, plan: plan)
            wires[services[index].name] = wire
            services[index].replicas[0] = Replica(
                calls: Replica.Socket(connect: Endpoint(wire.address.calls), bind: bound.calls.bind),
                events: Replica.Socket(connect: Endpoint(wire.address.events), bind: bound.events.bind)
            )
        }
        return wires
    }
}

extension Topology.Endpoint {
    /// Of a wire, which has one of these two.
    fileprivate init(_ text: String) {
        let rest = String(text.dropFirst(text.hasPrefix("ipc://") ? 6 : 9))
        self = text.hasPrefix("ipc://") ? .ipc(path: rest) : .inproc(name: rest)
    }
}
