// What all replicas of a service must have alike, each asked by itself: the master keys, of which they tell fingerprints. One with others could
// not open what its fellows seal.

import Bus
import Topology

extension Doctor {
    func examineReplicas(by node: Node, _ report: (Finding) -> Void) async throws {
        for service in topology.services where service.replicas.count > 1 {
            let answers = try await RollCall(topology).ask(service.name, by: node)
            Self.compare(answers.filter(\.isThere), of: service.name).forEach(report)
        }
    }

    /// A finding for each thing that any of them tells of. What most have is right; of as many on each side, what the first has.
    package static func compare(_ replicas: [RollCall.Answer], of service: String) -> [Finding] {
        guard replicas.count > 1 else { return [] }
        return Set(replicas.flatMap(\.alike.keys)).sorted().map { thing in
            let claim = "\(service): its replicas have the same \(thing)"
            let groups = Dictionary(grouping: replicas) { $0.alike[thing] }
            let most = groups.values.map(\.count).max()
            let right = replicas.first { groups[$0.alike[thing]]?.count == most }
            let others = replicas.filter { $0.alike[thing] != right?.alike[thing] }
            guard let right, !others.isEmpty else { return .good(claim) }
            return .bad(claim, others.map { odd($0, thing, besides: right) }.joined(separator: "; "))
        }
    }

    private static func odd(_ other: RollCall.Answer, _ thing: String, besides right: RollCall.Answer) -> String {
        let (own, due) = (other.alike[thing] ?? "none", right.alike[thing] ?? "none")
        let remedy = "copy the file of the one that is right to the other's host, and start that one again"
        return "\(other.name) has \(own), and \(right.name) has \(due): \(remedy)"
    }
}
