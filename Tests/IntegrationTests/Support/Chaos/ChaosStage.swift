// The whole ecosystem as its users have it: five processes over tcp with keys, the real Typesense, the real Caddy before them; relays between, so
// that connections can be cut. What is done to it here is undone here.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import FountainService
import Logging
import Synchronization
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
    private let seeds: Mutex<UInt64>
    /// How often disks refused a write or failed to sync one, as of the last misfortune that is over.
    private let disks = Mutex(DiskCount())

    init(seed: UInt64) async throws {
        directory = try TemporaryDirectory()
        seeds = Mutex(seed)
        // Who plays for hours logs in once, and types no codes.
        let long = "first_admin: token\n  access_token_ttl: 1d\n  admin_step_up: if_enrolled"
        ecosystem = try await ComposedEcosystem(settings: ["first_admin: token": long], isRelayed: true, faults: [])
        caddy = try await RunningCaddy(before: ecosystem.gateway, in: directory)
        let door = caddy.client().explained(by: ecosystem.topology, environment: ecosystem.environment)
        root = door.with(token: try await ecosystem.firstAdmin().token ?? "")
        user = door.with(token: try await ecosystem.edge.loggedIn(as: "crowd").token ?? "")
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

    /// What a plan that says that a disk fails does not show: that it did.
    func note(in sometimes: Sometimes) {
        let count = disks.withLock(\.self)
        sometimes.happened("a disk refuses a write", count.refused)
        sometimes.happened("a disk fails to sync", count.failed)
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
        case _ where misfortune.isFromStart:
            await ecosystem.end(victim, by: .kill)
            try launch(victim, under: conditions(misfortune.kind))
        case .diskFull, .syncFails, .diskSlow, .clockAhead, .clockBehind:
            try ecosystem.process(victim)?.suffer(conditions(misfortune.kind))
        }
    }

    func undo(_ misfortune: Misfortune) async throws {
        let victim = misfortune.victim
        switch misfortune.kind {
        case .killed where victim == "typesense": return
        case .killed: try launch(victim)
        case .paused: ecosystem.send(.proceed, to: victim)
        case .cutOff: ecosystem.relay(of: victim)?.mend()
        case .torn: try await ecosystem.relay(of: victim)?.tear()
        case .diskFull, .syncFails, .diskSlow, .clockAhead, .clockBehind: try recover(victim)
        }
    }

    /// What was wrong with the host is over; who ended for it comes again.
    private func recover(_ victim: String) throws {
        guard let process = ecosystem.process(victim) else { return }
        try process.suffer([])
        disks.withLock { $0.note(process.tally, of: victim) }
        if process.hasEnded { try launch(victim) }
    }

    private func launch(_ victim: String, under conditions: [ProcessFault]? = nil) throws {
        try ecosystem.launch(victim, under: conditions, seed: nextSeed())
        disks.withLock { $0.begin(victim) }
    }

    /// What goes wrong in a process.
    private func conditions(_ kind: Misfortune.Kind) -> [ProcessFault] {
        switch kind {
        case .diskFull: [.disk(full: 0.01)]
        case .syncFails: [.sync(fails: 0.01)]
        case .diskSlow: [.disk(slow: .milliseconds(100))]
        case .clockAhead: [.clock(jump: 3600)]
        case .clockBehind: [.clock(jump: -3600)]
        default: []
        }
    }

    /// In another life other calls of the disk fail.
    private func nextSeed() -> UInt64 {
        seeds.withLock { seed in
            seed += 1
            return seed
        }
    }
}

/// Adds up what processes count from their beginning on.
private struct DiskCount {
    private(set) var refused = 0
    private(set) var failed = 0
    private var known: [String: FaultTally] = [:]

    /// A process that has counted nothing yet.
    mutating func begin(_ victim: String) { known[victim] = nil }

    mutating func note(_ tally: FaultTally?, of victim: String) {
        guard let tally else { return }
        refused += tally.refusedWrites - (known[victim]?.refusedWrites ?? 0)
        failed += tally.failedSyncs - (known[victim]?.failedSyncs ?? 0)
        known[victim] = tally
    }
}
