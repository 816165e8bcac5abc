// What happens to whom, and when: a list of acts, made from a seed.

import Histories

struct Misfortune: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Sendable {
        case killed, paused, cutOff = "cut off", torn = "torn connections", diskFull = "full disk"
        case syncFails = "failing fsync", diskSlow = "slow disk"
        case clockAhead = "clock ahead", clockBehind = "clock behind"

        /// Services come up under it as well as meet it at work.
        var isOfDisk: Bool { [.diskFull, .syncFails, .diskSlow].contains(self) }

        /// Whom it may befall.
        var victims: [String] {
            switch self {
            case .killed, .paused: ComposedEcosystem.services + ["typesense"]
            case .cutOff: ComposedEcosystem.services
            case .torn: ["kms", "service_a", "typesense_client", "gateway"]
            case .diskFull, .syncFails, .diskSlow: ["kms", "service_a", "typesense_client"]
            case .clockAhead, .clockBehind: ["kms", "service_a", "typesense_client"]
            }
        }
    }

    let kind: Kind
    let victim: String
    /// The victim is killed, and comes up under it.
    let isFromStart: Bool

    var description: String { "\(victim) \(kind.rawValue)\(isFromStart ? " from its start" : "")" }
}

/// What happens at once; nothing is quiet.
typealias Act = [Misfortune]

enum ChaosPlan {
    /// Of one act.
    static let length = Duration.seconds(3)

    static func acts(_ count: Int, seed: UInt64) -> [Act] {
        Acts.drawn(count, of: Misfortune.Kind.allCases, seed: seed) { kind, other, dice in
            let victims = kind.victims.filter { $0 != other?.victim }
            let victim = victims[Int.random(in: victims.indices, using: &dice)]
            return Misfortune(kind: kind, victim: victim, isFromStart: kind.isOfDisk && dice.happens(0.5))
        }
    }
}
