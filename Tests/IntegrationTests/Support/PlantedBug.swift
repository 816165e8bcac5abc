// Mistakes that are planted in the services themselves, one at a time, and the checks that have to say so. What a service is made of is changed
// before it is brought up: its store's engine (`StorePlant`) or what answers one of its operations. Neither can be done in a release build.

import Bus
import FountainService
import Histories
import Storage
import Synchronization
import Testing

enum PlantedBug: CaseIterable, Sendable, CustomTestStringConvertible {
    case answersBeforeTheCommit, skipsRowsOfTheOutbox, reordersInTwoTransactions, keepsAVerdictForASecond
    case repeatsWhatIsRepeated, notesActsInATransactionOfTheirOwn, truncatesPages

    /// The checks that turn red, and no others.
    var red: Set<String> {
        switch self {
        // What is lost leaves its number to the next.
        case .answersBeforeTheCommit: ["presence", "counter"]
        // Who follows the events does not hear of it either.
        case .skipsRowsOfTheOutbox: ["outbox", "index"]
        case .reordersInTwoTransactions: ["order"]
        case .keepsAVerdictForASecond: ["revocation"]
        case .repeatsWhatIsRepeated: ["repeats"]
        case .notesActsInATransactionOfTheirOwn: ["audit"]
        case .truncatesPages: ["index"]
        }
    }

    var testDescription: String { "\(self)" }

    fileprivate func inStore(of service: String) -> StorePlant.Mistake? {
        switch (self, service) {
        case (.answersBeforeTheCommit, "service_a"): .answersBeforeTheCommit
        case (.skipsRowsOfTheOutbox, "service_a"): .skipsEvents { $0.isOfScript && $0.offset.isMultiple(of: 5) }
        case (.notesActsInATransactionOfTheirOwn, "kms"): .writesApart(table: "audit")
        default: nil
        }
    }

    fileprivate func plant(in handlers: inout Handlers, of service: String) {
        switch (self, service) {
        case (.reordersInTwoTransactions, "service_a"): handlers.reorderInTwoTransactions()
        case (.repeatsWhatIsRepeated, "service_a"): handlers.forgetKeys()
        case (.keepsAVerdictForASecond, "kms"): handlers.keepVerdicts(for: .seconds(1))
        case (.truncatesPages, "typesense_client"): handlers.truncatePages(from: 30)
        default: return
        }
    }
}

/// A disk that is full at times, once it is `isFilling`: where nothing is planted, what is refused then is not done.
final class FillingDisk: Sendable {
    private struct State {
        var isFilling = false
        var dice: SeededGenerator
        var asked: [String: Int] = [:]
        var turn: [String: Int] = [:]
        var full: [String: Int] = [:]
    }

    /// Of so many commits of a service one finds it full; which, the dice say. How many there are is the machine's business: on a full one many
    /// creates share a commit.
    private static let everyOf = ["kms": 5, "service_a": 3]

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(dice: SeededGenerator(seed: seed))) }

    func beginFilling() { state.withLock { $0.isFilling = true } }

    /// How often it was full.
    func full(for service: String) -> Int { state.withLock { $0.full[service, default: 0] } }

    fileprivate func isFull(for service: String) -> Bool {
        state.withLock { state in
            guard state.isFilling, let every = Self.everyOf[service] else { return false }
            let number = state.asked[service, default: 0]
            if number % every == 0 { state.turn[service] = Int.random(in: 0..<every, using: &state.dice) }
            state.asked[service] = number + 1
            guard number % every == state.turn[service] else { return false }
            state.full[service, default: 0] += 1
            return true
        }
    }
}

extension Blueprint {
    /// The same service on that disk, with a mistake in it.
    func planted(_ bug: PlantedBug?, on disk: FillingDisk) -> Blueprint {
        guard ["service_a", "kms", "typesense_client"].contains(name) else { return self }
        let (parts, service) = (parts, name)
        return Blueprint(name) { site in
            let plant = StorePlant(bug?.inStore(of: service)) { events in
                switch service {
                // Nothing but new scripts: each has one check that says what became of it.
                case "service_a":
                    !events.isEmpty && events.allSatisfy(\.isOfScript) && disk.isFull(for: service)
                case "kms": disk.isFull(for: service)
                default: false
                }
            }
            var planted = try await StorePlant.$current.withValue(plant) { try await parts(site) }
            bug?.plant(in: &planted.handlers, of: service)
            return planted
        }
    }
}

extension Event {
    fileprivate var isOfScript: Bool { key.hasPrefix("script_") }
}

extension Handlers {
    /// The first half of the wished order comes first, by itself.
    fileprivate mutating func reorderInTwoTransactions() {
        plant("service_a.sequence.reorder") { original, payload, context in
            var half = try PayloadCoding.decode(JSONValue.self, from: payload).fields
            let ids = JSONValue.array(Array(half["newOrder"]?.items.prefix(5) ?? []))
            (half["elementIds"], half["newOrder"]) = (ids, ids)
            _ = try await original.body(try PayloadCoding.encode(JSONValue.object(half))[...], context)
            return try await original.body(payload, context)
        }
    }

    /// No call has a key.
    fileprivate mutating func forgetKeys() {
        plant("service_a.sequence.version") { original, payload, context in
            let keyless = CallContext(
                operation: context.operation,
                principal: context.principal,
                peer: context.peer,
                deadline: context.deadline,
                trace: context.trace
            )
            return try await original.body(payload, keyless)
        }
    }

    fileprivate mutating func keepVerdicts(for time: Duration) {
        let kept = Mutexed<[[UInt8]: (verdict: [UInt8], at: ContinuousClock.Instant)]>([:])
        plant("kms.keys.verify") { original, payload, context in
            let question = Array(payload)
            if let known = kept.value[question], known.at.duration(to: .now) < time { return known.verdict }
            let verdict = try await original.body(payload, context)
            kept.change { $0[question] = (verdict, .now) }
            return verdict
        }
    }

    /// The last hit of a long page is missing.
    fileprivate mutating func truncatePages(from size: Int) {
        plant("typesense_client.search") { original, payload, context in
            let answer = try await original.body(payload, context)
            var page = try PayloadCoding.decode(JSONValue.self, from: answer[...]).fields
            let hits = page["hits"]?.items ?? []
            guard hits.count >= size else { return answer }
            page["hits"] = .array(hits.dropLast())
            return try PayloadCoding.encode(JSONValue.object(page))
        }
    }
}
