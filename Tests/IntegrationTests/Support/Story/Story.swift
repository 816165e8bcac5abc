// What is known of a run when it is over and at rest. Values, so that a test can falsify one and see which check says so.

import Histories

struct Story: Sendable {
    /// An element as the source has it.
    struct Element: Sendable, Equatable {
        var number: UInt64
        /// Of everything that the index has to show.
        var digest: String
    }

    /// The elements that only ever change places, in the order in which they are made.
    static let cast = Array(1...10)

    /// All calls but those about the order, on one clock.
    var calls: [Call<UInt64>] = []
    /// Reorders of the cast, each of all of them, and reads of its order.
    var orders: [Call<RevisionCheck.Seen>] = []
    /// The order that each reorder asked for, by its subject; and the first of all, with its revision.
    var wanted: [String: String] = [:]
    var begun: (revision: UInt64, order: String) = (0, "")
    /// What stands in the order at rest, by key: `script_17`.
    var elements: [String: Element] = [:]
    /// How many versions were made under each key of repeats.
    var versions: [String: Int] = [:]
    /// Events as one subscriber had them, from the first on: offsets, and the keys of elements that were created; and the log's head.
    var offsets: [UInt64] = []
    var told: [String] = []
    var head: UInt64 = 0
    /// Digests of what the index holds, by key.
    var index: [String: String] = [:]
    /// Entries of the audit log on keys that say `ok`.
    var audit: [String] = []
    /// All of the log's entries by number; the hashes of those before the curtain; and whether it says that its chain is whole.
    var chain: [Int: AuditCheck.Link] = [:]
    var noted: [Int: String] = [:]
    var isWhole = true
    /// What is left of lags at rest, by name.
    var left: [String: UInt64] = [:]
    /// When the last fault was over.
    var healed: UInt64 = 0

    /// Every check by its name.
    var verdicts: [String: Verdict] {
        let made = made
        return [
            "counter": CounterCheck.verdict(creates),
            "presence": PresenceCheck.verdict(creates, found: keys(of: "script")),
            "numbers": .all(["script", "action", "character"].map { PresenceCheck.verdict(numbers: numbers(of: $0)) }),
            "order": RevisionCheck.verdict(orders, found: made.found, log: made.log),
            "repeats": .all([
                RepeatCheck.verdict(repeats, effects: versions),
                RepeatCheck.verdict(others: calls.filter { $0.operation == "other" }, than: repeats),
            ]),
            "delivery": DeliveryCheck.verdict(offsets: offsets, head: head),
            "outbox": DeliveryCheck.verdict(rows: Array(elements.keys), events: told),
            "index": IndexCheck.verdict(source: elements.mapValues(\.digest), index: index, atLeast: 30),
            "revocation": RevocationCheck.verdict(uses: uses, revocations: revocations),
            "audit": .all([
                AuditCheck.verdict(acts: acts, entries: audit),
                AuditCheck.verdict(isWhole: isWhole, entries: chain.mapValues(\.hash), noted: noted),
                AuditCheck.verdict(chain: chain, from: Self.auditOrigin, hash: Self.auditHash),
            ]),
            "progress": ProgressCheck.verdict(
                calls,
                operations: ["create", "search"],
                healed: healed,
                bound: Storyteller.patience,
                left: left
            ),
        ]
    }

    /// The names of those that say that something is wrong.
    var red: Set<String> { Set(verdicts.filter(\.value.isWrong).keys) }

    /// Each sent once; the subject is the element's key, the answer its number.
    var creates: [Call<UInt64>] { calls.filter { $0.operation == "create" } }
    /// Sent three times under one key, which is the subject.
    private var repeats: [Call<UInt64>] { calls.filter { $0.operation == "version" } }
    /// Requests with an API key; the subject names the key's secret: `key1.2` is its second.
    var uses: [Call<UInt64>] { calls.filter { $0.operation == "use" } }
    /// What has an entry when it is done.
    private var acts: [Call<UInt64>] { calls.filter { $0.operation.hasPrefix("kms.keys.") } }

    /// A rotation takes the first secret away, a deletion the second.
    var revocations: [Call<UInt64>] {
        acts.compactMap { act in
            let secret = ["kms.keys.rotate": 1, "kms.keys.delete": 2][act.operation]
            return secret.map {
                Call(
                    act.operation,
                    of: "\(act.subject).\($0)",
                    invoked: act.invoked,
                    returned: act.returned,
                    act.outcome
                )
            }
        }
    }

    /// What happened in the run, for its rules of what has to.
    func note(in sometimes: Sometimes) {
        sometimes.happened("a create is answered", creates.count { $0.outcome.answer != nil })
        sometimes.happened("a create is not answered", creates.count { $0.outcome.answer == nil })
        sometimes.happened("a key lets in", uses.count { $0.outcome.answer != nil })
        sometimes.happened("a key keeps out", uses.count { $0.outcome == .refused("unauthenticated") })
        sometimes.happened("the order is read", orders.count { $0.outcome.answer?.isWrite == false })
        sometimes.happened("the order is changed", orders.count { $0.outcome.answer?.isWrite == true })
        let others = calls.filter { $0.operation == "other" && $0.outcome == .refused("idempotency_key_reused") }
        sometimes.happened("another request under a key is refused", others.count)
        for operation in ["version", "move", "search", "login"] {
            sometimes.happened(
                "a \(operation) is answered",
                calls.count { $0.operation == operation && $0.outcome.answer != nil }
            )
        }
    }

    private func keys(of type: String) -> [String] { elements.keys.filter { $0.hasPrefix("\(type)_") } }
    private func numbers(of type: String) -> [UInt64] { keys(of: type).compactMap { elements[$0]?.number } }

    /// The order after each revision that somebody made, and the revisions of those whose makers were not answered.
    private var made: (log: [UInt64: String], found: [String: UInt64]) {
        var (log, found) = ([begun.revision: begun.order], [String: UInt64]())
        let seen = orders.compactMap(\.outcome.answer)
        for write in seen where write.isWrite { log[write.revision] = write.content }
        let open = orders.filter(\.outcome.isUnknown)
        for read in seen where log[read.revision] == nil {
            guard let call = open.first(where: { wanted[$0.subject] == read.content }) else { continue }
            (log[read.revision], found[call.subject]) = (read.content, read.revision)
        }
        return (log, found)
    }
}
