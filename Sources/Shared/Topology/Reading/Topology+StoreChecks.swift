// What must hold between the stores and who uses them: no store has two that write to it, no password crosses a network in the clear.

extension Topology {
    func checkStores(_ findings: Findings) {
        for service in services where service.builtin != nil && service.replicas.count > 1 {
            findings.add(
                "has \(service.replicas.count) replicas, and \(stores.engine.reason); name one",
                path: "services.\(service.name).replicas"
            )
        }
        guard case .postgreSQL(let database) = stores.engine, database.authorityFile == nil else { return }
        for (index, host) in database.hosts.enumerated() where !host.isLoopback {
            findings.add(
                "\(host) is not loopback: the password and the data would cross the network in the clear; name `ca_file`, "
                    + "the authority of its certificate",
                path: "stores.hosts[\(index)]"
            )
        }
    }
}

extension Topology.Stores.Engine {
    /// Why a service is one process.
    fileprivate var reason: String {
        switch self {
        case .sqlite: "an SQLite file is one process's"
        case .postgreSQL: "one process writes to a schema, and the others would not hear of it"
        }
    }
}
