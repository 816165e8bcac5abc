// A real PostgreSQL server for tests: in a directory of its own, on a Unix socket that trusts and on a loopback port that wants a password and
// can TLS, no longer there than the process that started it.
//
//     let stores = try DatabaseServer.shared.get().newStores()
//     try await TestEcosystem.run(services: [Guestbook.service], yaml: TestTopology.inProcess(stores: stores)) { … }
//
// The server refuses to run as root; then it runs as `postgres`, the user that Debian's package makes.

import Foundation
import Glibc
package import PostgreSQL
import Processes
import Synchronization

/// A PostgreSQL server for tests; it ends with its last reference, or with the process that made it.
public final class DatabaseServer: Sendable {
    package struct NotThere: Error, CustomStringConvertible {
        package let description: String
    }

    /// The one that tests share, begun when it is first asked for. Each ecosystem has a database of its own there by `newStores()`; who
    /// kills or starts again a server makes one for himself.
    public static let shared = Result { try DatabaseServer() }

    private static let binaries = "/usr/lib/postgresql/15/bin"

    /// Makes the data where there is none, runs the server until the input says a line or closes, then ends it; where the input closed, because
    /// the tests are over, the directory goes too.
    private static let script = #"""
        directory=$1 binaries=$2 port=$3 as=
        if [ "$(id -u)" = 0 ]; then
            as="setpriv --reuid=postgres --regid=postgres --init-groups --"
            chown postgres:postgres "$directory"
        fi
        cd "$directory" || exit 1
        if [ ! -d data ]; then
            echo secret >password
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost -keyout server.key -out server.crt >openssl.log 2>&1
            [ -z "$as" ] || chown postgres:postgres password server.key
            chmod 600 server.key
            $as "$binaries/initdb" -D data -E UTF8 --locale=C --auth-local=trust --auth-host=scram-sha-256 \
                -U fountain --pwfile=password --no-sync >initdb.log 2>&1 || exit 1
        fi
        # What a server that was killed had begun ends a moment after it; until then its memory is in use, and the next one refuses to begin.
        segment=$(sed -n '7s/.* //p' data/postmaster.pid 2>/dev/null) turns=0
        while [ "$segment" ] && [ $turns -lt 500 ] \
            && awk -v id="$segment" '$2 == id && $7 > 0 { used = 1 } END { exit !used }' /proc/sysvipc/shm; do
            turns=$((turns + 1)); sleep 0.02
        done
        $as "$binaries/postgres" -D data -k "$directory" -p "$port" -c listen_addresses=localhost \
            -c ssl=on -c ssl_cert_file="$directory/server.crt" -c ssl_key_file="$directory/server.key" \
            -c max_connections=400 -c shared_buffers=64MB -c log_min_messages=fatal >>server.log 2>&1 & child=$!
        keep=; read -r word && keep=1
        # A shell's children ignore QUIT until they say otherwise, so one that has only just begun is told again.
        while grep -q "^State:.[^Z]" /proc/$child/status 2>/dev/null; do kill -"${word:-QUIT}" $child; sleep 0.05; done
        [ "$keep" ] || rm -rf "$directory"
        """#

    private struct Running {
        let process: Child
        let input: Pipe
    }

    package static let password = "secret"

    private let directory: URL
    /// On loopback.
    package let port: Int
    private let running = Mutex<Running?>(nil)

    /// Begins a server, which takes some seconds, and returns when it answers.
    ///
    /// - Throws: What says why there is none: where Debian's `postgresql-15` is not installed, or the server does not answer within a minute.
    public init() throws {
        guard FileManager.default.isExecutableFile(atPath: Self.binaries + "/postgres") else {
            throw NotThere(description: "There is no PostgreSQL server in \(Self.binaries). Run `make setup`.")
        }
        port = try FreePorts.take(1)[0]
        // A socket's path has 107 bytes, and TMPDIR may have many.
        directory = URL(filePath: "/tmp/pg-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try start()
    }

    /// How to reach it.
    package var server: Server { Server(host: directory.path, port: port, database: "postgres", user: "fountain") }

    /// The same over TCP, with the password.
    package func server(_ security: Server.Security) -> Server {
        Server(
            host: "localhost",
            port: port,
            database: "postgres",
            user: "fountain",
            password: Self.password,
            security: security
        )
    }

    package var passwordFile: String { directory.appending(path: "password").path }

    /// Who vouches for its certificate.
    package var authorityFile: String { directory.appending(path: "server.crt").path }

    /// Starts it, or starts it again with its data; returns when it answers.
    package func start() throws {
        try running.withLock { running in
            let input = Pipe()
            let arguments = ["-c", Self.script, "sh", directory.path, Self.binaries, "\(port)"]
            let child = try Child("/bin/sh", arguments, input: .pipe(input), output: .nothing, errors: .nothing)
            running = Running(process: child, input: input)
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                _ = try connect()
                return
            } catch  where deadline > .now {
                // Nobody tells when it listens; asked without a pause it would be kept from it.
                _ = poll(nil, 0, 20)
            } catch { throw NotThere(description: "The server in \(directory.path) does not answer: \(error)") }
        }
    }

    /// As `kill -9` does to the server, or another signal; returns when it is gone.
    package func stop(_ signal: String = "KILL") throws {
        try running.withLock { running in
            try running?.input.fileHandleForWriting.write(contentsOf: Data("\(signal)\n".utf8))
            running?.process.wait()
            running = nil
        }
    }

    /// Ends it and lets it come back on the next timeline, as a standby that was promoted.
    package func beginTimeline() throws {
        try ask("ALTER SYSTEM SET restore_command = 'false'")
        try ask("COPY (SELECT WHERE false) TO '\(directory.path)/data/recovery.signal'")
        try stop("INT")
        try start()
    }

    package func connect() throws -> Connection { try Chooser.connect([server], until: .now + .seconds(5)) }

    /// One statement, from outside of all stores.
    @discardableResult  // most of them change something
    package func ask(_ statement: String) throws -> Answer { try connect().ask(statement, until: .now + .seconds(10)) }

    /// A name that no other test has.
    package static func newSchema() -> String {
        "t_"
            + UUID().uuidString.utf8.filter { $0 != UInt8(ascii: "-") }.map { String(UnicodeScalar($0)) }.joined()
            .lowercased()
    }
}
