// The whole ecosystem as its users have it: five processes over tcp with keys, the real Typesense, the real Caddy before them; relays between, so
// that connections can be cut. What is done to it here is undone here.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import FountainService
import Logging
import Topology

final class ChaosStage: Sendable {
    static let account: JSONValue = ["username": "crowd", "password": "correct horse battery"]

    let root: EdgeClient
    let user: EdgeClient
    /// A peer that follows the events, over the same network.
    let node: Node
    private let directory: TemporaryDirectory
    private let ecosystem: ComposedEcosystem
    private let caddy: RunningCaddy
    private let shim: String

    init() async throws {
        directory = try TemporaryDirectory()
        shim = try await Self.makeShim(in: directory)
        // Who plays for hours logs in once, and types no codes.
        let long = "first_admin: token\n  access_token_ttl: 1d\n  admin_step_up: if_enrolled"
        ecosystem = try await ComposedEcosystem(settings: ["first_admin: token": long], isRelayed: true)
        caddy = try await RunningCaddy(before: ecosystem.gateway, in: directory)
        root = caddy.client().with(token: try await ecosystem.firstAdmin().token ?? "")
        user = caddy.client().with(token: try await ecosystem.edge.loggedIn(as: "crowd").token ?? "")
        let topology = try Topology.load(ecosystem.topology, environment: ecosystem.environment)
        node = try Node(
            topology.nodeConfiguration(
                "chaos",
                as: "operator",
                logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
            ),
            context: try await BusContext.of(topology)
        )
    }

    func end() async { await node.shutDown() }

    private static func makeShim(in directory: TemporaryDirectory) async throws -> String {
        guard FileManager.default.fileExists(atPath: "\(fiu)/fiu_posix_preload.so") else {
            throw ChildProcess.Ended(description: "There is no libfiu in \(fiu). Run `scripts/setup test`.")
        }
        let (library, source) = ("\(directory.path)/host_faults.so", Repository.path("scripts/tests/host_faults.c"))
        let clang =
            #"exec "$(dirname "$(readlink -f "$(command -v swift)")")/clang" -shared -fPIC -O1 -o "$0" "$1" -ldl"#
        let compiler = try ChildProcess(["/bin/sh", "-c", clang, library, source], log: "\(directory.path)/clang.log")
        guard await compiler.exitCode() == 0 else { throw ChildProcess.Ended(description: compiler.complaints) }
        return library
    }

    // MARK: Misfortune

    func begin(_ misfortune: Misfortune) async throws {
        let victim = misfortune.victim
        switch misfortune.kind {
        case .killed where victim == "typesense": try await ecosystem.killAndRestart(victim)
        case .killed: await ecosystem.end(victim, by: .kill)
        case .paused: ecosystem.send(.pause, to: victim)
        case .cutOff: ecosystem.relay(of: victim)?.cut()
        case .torn: try await ecosystem.relay(of: victim)?.tear()
        case .diskFull, .syncFails, .diskSlow, .clockAhead, .clockBehind:
            await ecosystem.end(victim, by: .kill)
            try ecosystem.launch(victim, under: conditions(misfortune.kind))
        }
    }

    func undo(_ misfortune: Misfortune) async throws {
        let victim = misfortune.victim
        switch misfortune.kind {
        case .killed where victim == "typesense": return
        case .killed: try ecosystem.launch(victim)
        case .paused: ecosystem.send(.proceed, to: victim)
        case .cutOff: ecosystem.relay(of: victim)?.mend()
        case .torn: try await ecosystem.relay(of: victim)?.tear()
        case .diskFull, .syncFails, .diskSlow, .clockAhead, .clockBehind:
            await ecosystem.end(victim, by: .kill)
            try ecosystem.launch(victim)
        }
    }

    private static let fiu = "/usr/lib/fiu"

    /// What goes wrong in a process from its start on.
    private func conditions(_ kind: Misfortune.Kind) -> [String: String] {
        switch kind {
        case .diskFull: Self.failing("posix/io/rw/pwrite", error: ENOSPC, probability: 0.01)
        case .syncFails: Self.failing("posix/io/sync/fdatasync", error: EIO, probability: 0.01)
        case .diskSlow: ["LD_PRELOAD": shim, "FAULT_SYNC": "100"]
        case .clockAhead: ["LD_PRELOAD": shim, "FAULT_CLOCK": "3600"]
        case .clockBehind: ["LD_PRELOAD": shim, "FAULT_CLOCK": "-3600"]
        default: [:]
        }
    }

    /// What `fiu-run` sets, for one call of the C library.
    private static func failing(_ point: String, error: Int32, probability: Double) -> [String: String] {
        [
            "LD_PRELOAD": "\(fiu)/fiu_run_preload.so \(fiu)/fiu_posix_preload.so",
            "FIU_ENABLE": "enable_random name=\(point),probability=\(probability),failinfo=\(error)\n",
        ]
    }
}
