// Faults in a whole ecosystem: wires before its services, services that die and come back.

import Bus
import Ecosystem
import Topology

extension TestEcosystem {
    /// The wire before a service that was given faults.
    ///
    /// - Parameter service: As in `faults` of `run`.
    /// - Returns: Its wire; one that stands before one of several replicas has that one's name, `kms 2`.
    /// - Throws: `Failure` with `not_found` where that was given none; it names those that were.
    public func wire(_ service: String) throws -> FaultyWire {
        if let wire = wires[service] { return wire }
        let others = wires.isEmpty ? "nothing is" : "these are: \(wires.keys.sorted().joined(separator: ", "))"
        throw Failure(.notFound, "\"\(service)\" is not among the `faults` of `run` and has no wire; \(others).")
    }

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
    /// - Throws: `Failure` saying why it could not be brought up, and what it ended with where it ended at once.
    public func restart(_ service: String, replica: Int = 1) async throws {
        let name = "\(service) \(replica)"
        await restarted.run(name, try await ecosystem.restart(service, replica: replica))
        try await ecosystem.untilFound(service, by: [bus]) { try await restarted.check(name) }
    }

    /// Waits until `bus` and the gateway find a service, and have its routes: one whose process comes, or comes back.
    ///
    /// - Throws: `Failure` with `not_found` where the topology does not name it; otherwise `CancellationError` only.
    public func untilFound(_ service: String) async throws {
        guard ecosystem.topology.service(service) != nil else {
            let names = ecosystem.topology.services.map(\.name).joined(separator: ", ")
            throw Failure(.notFound, "There is no service \"\(service)\" to be found; there are \(names).")
        }
        try await ecosystem.untilFound(service, by: [bus])
    }
}
