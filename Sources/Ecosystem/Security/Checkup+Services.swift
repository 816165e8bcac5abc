// What services say of themselves when a checkup asks: each replica by itself, since a call by name is answered by whichever is there.

import Bus
import Contracts
import Foundation
import FountainService
import Topology

extension Checkup {
    func examine(_ service: String, by node: Node, _ report: (Finding) -> Void) async throws {
        let replies = try await RollCall(topology).each(of: service, by: node) {
            try await $0.call(BusOperations.stats, Empty(), on: service, timeout: .seconds(5))
        }
        for reply in replies {
            let claim = "\(reply.name): consumers keep up, links stand"
            switch reply.value {
            case .success(let stats):
                let problems = Self.problems(of: stats, beyond: limits)
                report(problems.isEmpty ? .good(claim) : .bad(claim, problems.joined(separator: "; ")))
                if isSpread { report(room(of: reply.name, stats)) }
            case .failure(let error): report(.bad(claim, complaint(error)))
            }
        }
    }

    /// A sentence each.
    static func problems(of stats: ServiceStats, beyond limits: Limits) -> [String] {
        let consumers = stats.topics.flatMap { topic in (topic.consumers ?? []).map { (topic.topic, $0) } }
        return consumers.flatMap { topic, consumer in
            var all: [String] = []
            let name = "\(consumer.consumer) of \(topic)"
            if consumer.isGone { all.append("\(name) has lost events that were pruned") }
            if consumer.gapsUnfilled > 0 { all.append("\(name) has \(consumer.gapsUnfilled) gaps that are not filled") }
            if consumer.lagSeconds > limits.lag {
                all.append("\(name) is \(consumer.lagEvents) events and \(Int(consumer.lagSeconds)) s behind")
            }
            return all
        } + stats.links.filter { !$0.isReady }.map { "its link to \($0.service) is down" }
    }

    private func complaint(_ error: any Error) -> String { (error as? Failure)?.detail ?? "\(error)" }

    // MARK: Disk

    private func room(of replica: String, _ stats: ServiceStats) -> Finding {
        let claim = "\(replica): where its data directory is"
        guard let room = DiskRoom(told: stats.vitals?.numbers ?? [:]) else {
            return .good(claim, "not told by this service")
        }
        return self.room(room, at: claim)
    }

    func room(_ room: DiskRoom?, at place: String) -> Finding {
        let claim = "\(place): has room"
        guard let room else { return .bad(claim, "it is not there, or cannot be looked at") }
        let seen = "\(Int(room.percent)) % free, \(Int(room.free / 1_048_576)) MiB"
        return room.percent >= limits.free
            ? .good(claim, seen) : .bad(claim, "\(seen): less than \(Int(limits.free)) %")
    }

    // MARK: Audit

    /// A peer says for whom it asks; what may be asked for is in its grants.
    private var asker: Principal {
        Principal(
            kind: .user,
            subject: "fountain check",
            roles: ["admin"],
            amr: ["pwd", "otp"],
            authenticatedAt: Int(Date().timeIntervalSince1970)
        )
    }

    func audits(by node: Node) async -> [Finding] {
        let logs = [(KMS.verifyAudit, "kms"), (TwoFactorOperations.verifyAudit, "2fa")]
        var findings: [Finding] = []
        for (operation, service) in logs where topology.service(service) != nil {
            let claim = "\(service): its audit log is whole"
            do {
                let verdict = try await node.call(operation, Empty(), as: asker, timeout: .seconds(60))
                let seen = "\(verdict.entries) entries"
                findings.append(
                    verdict.whole
                        ? .good(claim, seen) : .bad(claim, "\(seen), and its chain is broken: `fountain audit verify`")
                )
            } catch {
                findings.append(.bad(claim, complaint(error)))
            }
        }
        return findings
    }

    // MARK: Index

    func digests(by node: Node) async throws -> [Finding] {
        guard let service = topology.service(.typesenseClient)?.name, limits.digests > .zero else { return [] }
        let replies = try await RollCall(topology).each(of: service, by: node) {
            let look = VerifyIndex(repair: false)
            return try await $0.call(SearchOperations.verify, look, as: asker, timeout: limits.digests)
        }
        return replies.map { reply in
            let claim = "\(reply.name): its index is what its source says"
            switch reply.value {
            case .success(let verdict): return finding(claim, verdict)
            case .failure(let failure as Failure) where failure.code == .deadlineExceeded:
                let seconds = Int(limits.digests / .seconds(1))
                return .bad(
                    claim,
                    "not compared within \(seconds) s: --digests gives it longer, or leaves it out with 0"
                )
            case .failure(let error): return .bad(claim, complaint(error))
            }
        }
    }

    private func finding(_ claim: String, _ verdict: IndexVerdict) -> Finding {
        let seen = "\(verdict.compared) elements compared"
        guard verdict.differences > 0 else { return .good(claim, seen) }
        let named = verdict.named.prefix(3).map { "\($0.id) \($0.kind.rawValue)" }.joined(separator: ", ")
        return .bad(
            claim,
            "\(seen), \(verdict.differences) differ (\(named)): `fountain search verify` puts them right"
        )
    }
}
