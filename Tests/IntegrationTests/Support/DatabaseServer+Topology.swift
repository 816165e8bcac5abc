// A test's PostgreSQL as a topology names it.

import DatabaseServer

extension DatabaseServer {
    /// The section `stores` of a topology, from the beginning of a line on.
    var stores: String {
        """
        stores:
          engine: postgresql
          hosts: ["localhost:\(port)"]
          database: postgres
          user: fountain
          password_file: \(passwordFile)
          ca_file: \(authorityFile)
        """
    }
}
