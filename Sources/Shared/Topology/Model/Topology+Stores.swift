// Where the services keep what they have, and the limits of that: how much waits, and how much of it shares a transaction.

extension Topology {
    package struct Stores: Sendable, Equatable {
        package var engine = Engine.sqlite
        /// Writes of a service that may wait, and as many reads; one more is answered `overloaded`.
        package var maxQueued = 4096
        /// Writes that share a transaction, and with it an fsync.
        package var maxBatch = 256
        /// How long a transaction goes on taking writes in: so long, and one write more, is what a write waits for strangers of its batch.
        package var maxBatchTime = Duration.milliseconds(20)
        /// How long one write that does many things (an atomic batch, a long run that moves) may go on before it is refused and taken back: so long,
        /// and its COMMIT, is what a short write waits for strangers at most.
        package var maxWriteTime = Duration.seconds(2)
        /// Bytes of an SQLite file that each of its connections keeps in memory, once it has read them. A service has four or five.
        package var pageCache = 16 << 20
        /// How long to wait for another process that holds the lock of a file or a schema.
        package var lockTimeout = Duration.seconds(5)
        /// How long a database server may take for a connection.
        package var connectTimeout = Duration.seconds(2)
        /// How long it may take for an answer, a COMMIT's above all: then the connection is given up.
        package var commitTimeout = Duration.seconds(3)
        /// How long a host that answers is looked for where it is not known what became of a COMMIT.
        package var settleTimeout = Duration.seconds(10)

        package init() {}

        package enum Engine: Sendable, Equatable {
            /// A file a service in the data directory; one process has it.
            case sqlite
            /// A schema a service in one database; the index of the Typesense Client stays in the data directory.
            case postgreSQL(Database)
        }

        /// A database on PostgreSQL.
        package struct Database: Sendable, Equatable {
            /// The hosts of one cluster; whichever takes writes is the one.
            package var hosts: [Address]
            package var name: String
            package var user: String
            package var passwordFile: String
            /// Who vouches for the hosts' certificates (`verify-full`); without it the way is in the clear, on loopback only.
            package var authorityFile: String?

            package init(
                hosts: [Address],
                name: String,
                user: String,
                passwordFile: String,
                authorityFile: String? = nil
            ) {
                (self.hosts, self.name, self.user) = (hosts, name, user)
                (self.passwordFile, self.authorityFile) = (passwordFile, authorityFile)
            }
        }
    }
}
