// What must hold between the stores and who uses them: no file has two that write to it, no password crosses a network in the clear.

extension Topology {
    func checkStores(_ findings: Findings) {
        for service in services where service.builtin != nil && service.replicas.count > 1 && stores.engine == .sqlite {
            findings.add(
                "has \(service.replicas.count) replicas, and an SQLite file is one process's; name one, or set stores.engine to "
                    + "postgresql",
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
