// The section `stores`: what PostgreSQL needs is missing only where it is asked for.

extension Topology.Stores {
    init(reading section: Section) {
        self.init()
        section.read("max_queued", .integer(1...1_000_000), into: &maxQueued)
        section.read("max_batch", .integer(1...10_000), into: &maxBatch)
        section.read("max_batch_time", .duration(.milliseconds(1)...(.seconds(10))), into: &maxBatchTime)
        section.read("max_write_time", .duration(.milliseconds(10)...(.seconds(60))), into: &maxWriteTime)
        section.read("page_cache", .size(64 << 10...4 << 30), into: &pageCache)
        section.read("lock_timeout", .duration(.zero...(.seconds(60))), into: &lockTimeout)
        if section.value("engine", .choice(["sqlite", "postgresql"]) { $0 }) == "postgresql" {
            section.read("connect_timeout", .duration(.milliseconds(100)...(.seconds(60))), into: &connectTimeout)
            section.read("commit_timeout", .duration(.milliseconds(100)...(.seconds(60))), into: &commitTimeout)
            section.read("settle_timeout", .duration(.milliseconds(100)...(.seconds(600))), into: &settleTimeout)
            if let database = Database(reading: section) { engine = .postgreSQL(database) }
        }
        section.finish(note: "; `hosts`, `database` and what belongs to them only with engine: postgresql")
    }
}

extension Topology.Stores.Database {
    init?(reading section: Section) {
        let reason = " and engine is postgresql"
        let hosts = section.values("hosts", .hostAndPort)
        if !section.contains("hosts") || hosts.isEmpty {
            let problem = section.contains("hosts") ? "names no host" : "is missing"
            section.findings.add(
                "\(problem)\(reason); it must be a list such as [127.0.0.1:5432]",
                path: section.path(to: "hosts")
            )
        }
        let name = section.required("database", .name, because: reason)
        let user = section.required("user", .name, because: reason)
        let passwordFile = section.required("password_file", .path, because: reason)
        let authorityFile = section.value("ca_file", .path)
        guard let name, let user, let passwordFile, !hosts.isEmpty else { return nil }
        self.init(hosts: hosts, name: name, user: user, passwordFile: passwordFile, authorityFile: authorityFile)
    }
}
