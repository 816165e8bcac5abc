// A test's PostgreSQL as a topology names it.

extension DatabaseServer {
    /// The section `stores` of a topology, from the beginning of a line on: the database `postgres`, of one ecosystem at a time, since a service's
    /// tables have one name in every ecosystem.
    public var stores: String { stores(in: "postgres") }

    /// The same in a database that no other has, made now, so that tests which share a server run beside each other.
    ///
    /// - Throws: What the server says, where it does not answer within seconds.
    public func newStores() throws -> String {
        let database = String(Self.newSchema().prefix(32))
        try ask("CREATE DATABASE \(database)")
        return stores(in: database)
    }

    private func stores(in database: String) -> String {
        """
        stores:
          engine: postgresql
          hosts: ["localhost:\(port)"]
          database: \(database)
          user: fountain
          password_file: \(passwordFile)
          ca_file: \(authorityFile)
        """
    }
}
