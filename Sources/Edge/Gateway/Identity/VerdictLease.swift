// What this gateway holds of one service's verdicts, and the leases under which it may use them without asking: one of each replica of the service.
//
//     question ──held, and the lease is good──> the verdict
//              └─else─> ask the service ──> the answer, held if it has a standing
//
// One for the process, not one a loop: so a verdict is asked for once, a revocation waits for one word from each gateway, and when that word is
// given no loop can let the old one in, since all look here, under one lock that is held for a look-up. The machine is `LeaseHolder`.

internal import Bus
internal import Leases
internal import Logging
internal import Secrets
internal import Synchronization

final class VerdictLease: Sendable {
    /// Taken before a question is asked: what its answer's verdict is counted from.
    struct Asking: Sendable {
        let moment: LeaseHolder<Key, Verdict>.Moment
        let sentAt: ContinuousClock.Instant
    }

    /// What is asked. Bytes, since texts that Swift takes for equal may be two users.
    struct Key: Hashable, Sendable {
        enum Kind: Sendable {
            case apiKey, token, factor
        }

        let kind: Kind
        let bytes: [UInt8]

        static func apiKey(_ key: String) -> Key { Key(kind: .apiKey, bytes: SHA256.hash(Array(key.utf8))) }
        static func token(_ id: String) -> Key { Key(kind: .token, bytes: Array(id.utf8)) }
        static func factor(of user: String) -> Key { Key(kind: .factor, bytes: Array(user.utf8)) }
    }

    /// What lets somebody in. The rest is asked for each time.
    enum Verdict: Sendable, Equatable {
        case principal(Principal)
        /// A token that says just this counts.
        case token(TokenClaims)
        case noFactor
    }

    struct Numbers: Sendable {
        var held = 0
        var asked = 0
        var renewals = 0
    }

    fileprivate struct State {
        var holder: LeaseHolder<Key, Verdict>
        var numbers = Numbers()
        var isFollowing = false
        var lastUse = ContinuousClock.now
    }

    let service: String
    /// What the names of the service's operations begin with.
    let prefix: [UInt8]
    private let operation: String
    private let replicas: Int
    private let length: Duration
    private let limit: Int
    private let logger: Logger
    private let state: Mutex<State>
    private let wishes = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// - Parameters:
    ///   - operation: What gives the lease.
    ///   - replicas: How many its service has.
    ///   - length: What is expected of one.
    ///   - limit: Bytes.
    ///   - logger: Is told where there is no lease to be had.
    init(_ operation: String, replicas: Int, length: Duration, limit: Int, logger: Logger) {
        service = String(Substring(operation.utf8.prefix { $0 != UInt8(ascii: ".") }))
        prefix = Array("\(service).".utf8)
        (self.operation, self.replicas, self.length, self.limit) = (operation, replicas, length, limit)
        self.logger = logger
        state = Mutex(State(holder: Self.holder(limit, replicas)))
    }

    private static func holder(_ limit: Int, _ replicas: Int) -> LeaseHolder<Key, Verdict> {
        LeaseHolder(name: name(), limit: limit, keepers: replicas)
    }

    /// Of one life of a holder; never used again.
    private static func name() -> String { "\(UInt64.random(in: 0...(.max)))-\(UInt64.random(in: 0...(.max)))" }

    // MARK: Verdicts

    /// What is held, if it may be used now; otherwise it is to be asked for, as of this moment.
    func verdict(_ key: Key) -> (verdict: Verdict?, asking: Asking?) {
        let now = ContinuousClock.now
        let (verdict, moment, isWished) = state.withLock { state in
            let verdict = state.holder.verdict(key, at: now)
            if verdict == nil { state.numbers.asked += 1 } else { state.numbers.held += 1 }
            state.lastUse = now
            return (verdict, verdict == nil ? state.holder.moment : nil, !state.isFollowing)
        }
        if isWished { wishes.continuation.yield() }
        return (verdict, moment.map { Asking(moment: $0, sentAt: now) })
    }

    /// Holds what was asked for; `size` in bytes.
    func keep(_ verdict: Verdict, _ key: Key, _ standing: Standing?, _ asking: Asking, size: Int) {
        guard let standing else { return }
        let size = size + key.bytes.count
        state.withLock {
            $0.holder.keep(verdict, key, standing, asOf: asking.moment, sentAt: asking.sentAt, size: size)
        }
    }

    var numbers: (counts: Numbers, verdicts: Int, hasLease: Bool) {
        let now = ContinuousClock.now
        return state.withLock { ($0.numbers, $0.holder.count, $0.holder.hasLease(at: now)) }
    }

    // MARK: Following

    /// Has a lease for as long as anybody asks anything; a gateway that nobody uses has none, and no revocation waits for it. Ends when its
    /// task is cancelled.
    func follow(by node: Node) async {
        for await _ in wishes.stream {
            state.withLock { $0.isFollowing = true }
            await followWhileUsed(by: node)
            guard !Task.isCancelled else { return }
            await leave(by: node)
        }
    }

    /// All replicas, or none: with a lease less nothing may be used.
    private func followWhileUsed(by node: Node) async {
        await withTaskGroup(of: Void.self) { group in
            for replica in 0..<replicas {
                group.addTask(executorPreference: node.executor) { await self.follow(replica, by: node) }
            }
        }
    }

    private func follow(_ replica: Int, by node: Node) async {
        while !Task.isCancelled, state.withLock({ $0.goesOn(length) }) {
            let question = state.withLock { $0.holder.ask(replica, at: .now) }
            do {
                let answer = try await call(question.request, of: replica, by: node, timeout: length)
                state.withLock { state in
                    state.holder.take(answer, to: question)
                    state.numbers.renewals += 1
                }
                // Who gives none must not be asked in a circle.
                if answer.milliseconds == 0 { try await Task.sleep(for: length / 4) }
            } catch {
                guard !Task.isCancelled else { return }
                await pause(after: error)
            }
        }
    }

    /// Lets go of everything, then says so: who revokes need not wait for us.
    func leave(by node: Node) async {
        let farewells = state.withLock { state in
            let farewells = (0..<replicas).filter { state.holder.hasLease(of: $0, at: .now) }
                .map { ($0, state.holder.farewell(to: $0)) }
            state.holder = Self.holder(limit, replicas)
            state.isFollowing = false
            return farewells
        }
        for (replica, request) in farewells {
            // Where it is not heard, the lease runs out.
            _ = try? await call(request, of: replica, by: node, timeout: length / 8)
        }
    }

    private func call(
        _ request: LeaseRequest,
        of replica: Int,
        by node: Node,
        timeout: Duration
    ) async throws -> LeaseAnswer {
        let payload = try PayloadCoding.encode(request)
        let reply = try await node.call(operation, payload: payload, replica: replica, timeout: timeout)
        return try PayloadCoding.decode(LeaseAnswer.self, from: reply)
    }

    /// Without a lease each request is asked for, so there is no hurry.
    private func pause(after error: any Error) async {
        let code = (error as? Failure)?.code
        let isRefused = code == .forbidden || code == .unknownOperation
        logger.log(
            level: isRefused ? .notice : .debug,
            "no lease",
            metadata: ["bus.operation": "\(operation)", "code": "\(code?.name ?? "\(type(of: error))")"]
        )
        try? await Task.sleep(for: isRefused ? .seconds(30) : length / 8)
    }
}

extension VerdictLease.State {
    /// Whether anybody has asked anything for the last `length`. The first that finds that nobody did ends it for all.
    fileprivate mutating func goesOn(_ length: Duration) -> Bool {
        if lastUse.duration(to: .now) >= length { isFollowing = false }
        return isFollowing
    }
}
