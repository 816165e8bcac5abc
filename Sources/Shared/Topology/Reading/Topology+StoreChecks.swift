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
        checkIndexers(findings)
        guard case .postgreSQL(let database) = stores.engine, database.authorityFile == nil else { return }
        for (index, host) in database.hosts.enumerated() where !host.isLoopback {
            findings.add(
                "\(host) is not loopback: the password and the data would cross the network in the clear; name `ca_file`, "
                    + "the authority of its certificate",
                path: "stores.hosts[\(index)]"
            )
        }
    }

    /// The built-in index is each replica's own; one in Typesense is everybody's, and one process writes it.
    private func checkIndexers(_ findings: Findings) {
        guard search.engine != .builtin, let service = service(.typesenseClient), service.replicas.count > 1 else {
            return
        }
        findings.add(
            "has \(service.replicas.count) replicas, and one process writes the index in Typesense; name one, or set "
                + "search.engine to builtin",
            path: "services.\(service.name).replicas"
        )
    }
}
