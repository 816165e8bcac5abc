// What happens to whom, and when: a list of acts, made from a seed. One misfortune an act in the first third, two at once in some after it, none in
// every fourth.

import Histories

struct Misfortune: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Sendable {
        case killed, paused, cutOff = "cut off", torn = "torn connections", diskFull = "full disk"
        case syncFails = "failing fsync", diskSlow = "slow disk", clockAhead = "clock ahead", clockBehind =
            "clock behind"

        /// Whom it may befall.
        var victims: [String] {
            switch self {
            case .killed, .paused: ComposedEcosystem.services + ["typesense"]
            case .cutOff: ComposedEcosystem.services
            case .torn: ["kms", "service_a", "typesense_client", "gateway"]
            case .diskFull, .syncFails, .diskSlow: ["kms", "service_a", "typesense_client"]
            case .clockAhead, .clockBehind: ["service_a", "typesense_client"]
            }
        }
    }

    let kind: Kind
    let victim: String

    var description: String { "\(victim) \(kind.rawValue)" }
}

/// What happens at once; nothing is quiet.
typealias Act = [Misfortune]

enum ChaosPlan {
    /// Of one act.
    static let length = Duration.seconds(3)

    static func acts(_ count: Int, seed: UInt64) -> [Act] {
        var dice = SeededGenerator(seed: seed)
        // All kinds in a row before one comes again.
        var kinds: [Misfortune.Kind] = []
        func next(but other: String?) -> Misfortune {
            if kinds.isEmpty { kinds = Misfortune.Kind.allCases.shuffled(using: &dice) }
            let kind = kinds.removeLast()
            let victims = kind.victims.filter { $0 != other }
            return Misfortune(kind: kind, victim: victims[Int.random(in: victims.indices, using: &dice)])
        }
        return (0..<count).map { number in
            guard number % 4 != 3 else { return [] }
            let first = next(but: nil)
            return number >= count / 3 && dice.happens(0.4) ? [first, next(but: first.victim)] : [first]
        }
    }
}
