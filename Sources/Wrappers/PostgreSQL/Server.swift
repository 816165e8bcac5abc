// Where a PostgreSQL server listens, as whom to speak to it, and how far to trust the way there.

import HostNames

package struct Server: Sendable, Equatable {
    package enum Security: Sendable, Equatable {
        /// For this machine only: loopback, or a socket in a directory.
        case none
        /// TLS with a certificate of this authority that names the host (`verify-full`).
        case verified(authorityFile: String)
    }

    /// A name, an address, or the directory of a Unix socket, which begins with `/`.
    package var host: String
    package var port: Int
    package var database: String
    package var user: String
    package var password: String?
    package var security: Security

    package init(
        host: String,
        port: Int = 5432,
        database: String,
        user: String,
        password: String? = nil,
        security: Security = .none
    ) {
        (self.host, self.port, self.database, self.user) = (host, port, database, user)
        (self.password, self.security) = (password, security)
    }

    /// Whether it has to be looked up. Addresses and the directories of sockets need not be, and a list of hosts is libpq's own affair.
    var isNamed: Bool {
        let isElse = host.utf8.contains {
            $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "/")
        }
        return !HostNames.isIPv4(host) && !isElse && host.utf8.first != UInt8(ascii: "@")
    }

    /// What libpq is told. A dead host is silent, so the kernel is asked to notice (`tcp_user_timeout`, keep-alives).
    /// Where the host is a name it has addresses: libpq tries one after the other, as it does with what it has looked up itself, and holds the
    /// certificate against the name.
    func parameters(at addresses: [String]) -> [(String, String)] {
        let hosts = addresses.isEmpty ? [host] : addresses.map { _ in host }
        var parameters = [
            ("host", hosts.joined(separator: ",")), ("port", "\(port)"), ("dbname", database), ("user", user),
            ("client_encoding", "UTF8"), ("application_name", "fountain"), ("gssencmode", "disable"),
            ("keepalives", "1"), ("keepalives_idle", "1"), ("keepalives_interval", "1"), ("keepalives_count", "2"),
            ("tcp_user_timeout", "2000"),
        ]
        if !addresses.isEmpty { parameters.append(("hostaddr", addresses.joined(separator: ","))) }
        if let password { parameters.append(("password", password)) }
        switch security {
        case .none: parameters.append(("sslmode", "disable"))
        case .verified(let authorityFile):
            parameters += [("sslmode", "verify-full"), ("sslrootcert", authorityFile)]
        }
        return parameters
    }
}
