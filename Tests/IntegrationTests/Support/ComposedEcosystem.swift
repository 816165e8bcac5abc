// What docker-compose.yml brings up, as processes on loopback: five times `fountain serve` with `topology/compose.yaml`, over tcp, each with
// a data directory of its own, as each container has; and the real Typesense. Between a service and those who call it there may be a relay.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Processes
import Synchronization

final class ComposedEcosystem: Sendable {
    static let services = ["kms", "2fa", "service_a", "typesense_client", "gateway"]

    /// Before relays.
    let edge: EdgeClient
    /// Where the gateway is to be found, `host:port`.
    let gateway: String
    /// The topology, and what it is read with.
    let topology: String
    let environment: [String: String]
    /// Where the services' data directories are.
    var data: String { directory.path }
    private let directory: TemporaryDirectory
    private let typesense: RunningTypesense
    private let relays: [String: RunningRelay]
    private let processes = Mutex<[String: ChildProcess]>([:])

    private let faults: [ProcessFault]?

    /// `settings` are texts of `topology/compose.yaml`, and what is to stand in their place; `isRelayed`: all connections go through relays; `faults`: what
    /// goes wrong in each service, `nil` where nothing ever shall.
    init(settings: [String: String] = [:], isRelayed: Bool = false, faults: [ProcessFault]? = nil) async throws {
        self.faults = faults
        directory = try TemporaryDirectory()
        let ports = try FreePorts.take(13)
        typesense = try await RunningTypesense(in: directory, ports: (ports[9], ports[10]))
        let host = isRelayed ? "127.0.0.2" : "127.0.0.1"
        environment = Self.environment(ports, typesense, host).merging(
            ["FOUNTAIN_SECRET_KEYS": "\(directory.path)/keys", "FOUNTAIN_PUBLIC_KEYS": "\(directory.path)/keys"]
        ) { $1 }
        topology = settings.isEmpty ? "topology/compose.yaml" : try Self.topology(in: directory, settings)
        relays = isRelayed ? try await Self.relays(ports, log: "\(directory.path)/relays.log") : [:]
        gateway = "\(host):\(ports[8])"
        edge = EdgeClient(origin: "http://127.0.0.1:\(ports[8])", http: HTTPClient())
            .explained(by: topology, environment: environment)
        let made = try await Command.run(["topology", "keys", topology], environment: environment)
        guard made.code == 0 else { throw ChildProcess.Ended(description: "\(made)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in Self.services { group.addTask { try await self.start(service) } }
            try await group.waitForAll()
        }
    }

    private static func topology(in directory: TemporaryDirectory, _ settings: [String: String]) throws -> String {
        var text = try String(contentsOfFile: Repository.path("topology/compose.yaml"), encoding: .utf8)
        for (old, new) in settings { text = text.replacing(old, with: new) }
        return try directory.write("topology.yaml", text)
    }

    private static func relays(_ ports: [Int], log: String) async throws -> [String: RunningRelay] {
        var relays: [String: RunningRelay] = [:]
        for (index, service) in services.enumerated() {
            let own = service == "gateway" ? [ports[8]] : [ports[2 * index], ports[2 * index + 1]]
            relays[service] = try await RunningRelay(own, log: log)
        }
        return relays
    }

    /// The network before a service.
    func relay(of service: String) -> RunningRelay? { relays[service] }

    /// Starts a service and returns when it says that it is ready.
    func start(_ service: String) async throws { try await launch(service).lines(upTo: "ready:") }

    /// Starts a service and does not wait for it. `conditions`: what goes wrong in its process from the beginning on.
    @discardableResult
    func launch(
        _ service: String,
        under conditions: [ProcessFault]? = nil,
        seed: UInt64 = 1
    ) throws -> ChildProcess {
        let process = try ChildProcess(
            [Repository.fountain, "serve", service, "--topology", topology],
            environment: environment(of: service),
            log: "\(directory.path)/\(service).log",
            faults: conditions ?? faults,
            seed: seed
        )
        processes.withLock { $0[service] = process }
        return process
    }

    /// A service's present process.
    func process(_ service: String) -> ChildProcess? { processes.withLock { $0[service] } }

    /// Sends a signal to a service, or to `typesense`.
    func send(_ signal: ChildProcess.Signal, to service: String) {
        if service == "typesense" { typesense.send(signal) } else { processes.withLock { $0[service] }?.send(signal) }
    }

    /// Ends a service and returns when it is gone; its exit code.
    @discardableResult
    func end(_ service: String, by signal: ChildProcess.Signal) async -> Int32 {
        let process = processes.withLock { $0[service] }
        process?.send(signal)
        return await process?.exitCode() ?? -1
    }

    /// As `kill -9` does to a service, or to `typesense`; returns when it is up again.
    func killAndRestart(_ victim: String) async throws {
        guard victim != "typesense" else { return try await typesense.killAndRestart() }
        await end(victim, by: .kill)
        try await start(victim)
    }

    /// In production nobody becomes admin by coming first: a token made on the KMS's host is needed, and good once.
    func firstAdmin() async throws -> EdgeClient {
        var account: [String: JSONValue] = ["username": "ada", "password": "correct horse battery", "roles": "admin"]
        let made = try await run(["admin", "bootstrap"], on: "kms")
        guard made.code == 0 else { throw ChildProcess.Ended(description: "\(made)") }
        account["admin_token"] = .string(made.output)
        try (try await edge.post("/kms/register", .object(account))).require(201)
        return try await edge.loggedIn(as: "ada")
    }

    /// A command on a service's host.
    func run(_ arguments: [String], on service: String) async throws -> Command {
        try await Command.run(
            arguments + ["--topology", topology],
            environment: environment(of: service)
        )
    }

    private func environment(of service: String) -> [String: String] {
        environment.merging(["FOUNTAIN_DATA_DIR": "\(directory.path)/\(service)"]) { $1 }
    }

    private static func environment(
        _ ports: [Int],
        _ typesense: RunningTypesense,
        _ host: String
    ) -> [String: String] {
        var all = [
            "BUS_BIND": "127.0.0.1", "GATEWAY_LISTEN": "127.0.0.1:\(ports[8])",
            "TYPESENSE_URL": typesense.url, "TYPESENSE_API_KEY_FILE": typesense.keyFile,
            "SMTP_HOST": "127.0.0.1", "SMTP_STARTTLS": "false",
            "GATEWAY_CALLS": "127.0.0.1:\(ports[11])", "GATEWAY_EVENTS": "127.0.0.1:\(ports[12])",
        ]
        for (index, name) in ["KMS", "TWOFACTOR", "SERVICE_A", "TYPESENSE_CLIENT"].enumerated() {
            all["\(name)_CALLS"] = "\(host):\(ports[2 * index])"
            all["\(name)_EVENTS"] = "\(host):\(ports[2 * index + 1])"
        }
        return all
    }
}
