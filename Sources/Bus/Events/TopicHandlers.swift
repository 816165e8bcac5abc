// The calls that a publisher answers about its topics: pages of the log, and what named consumers say.
//
// A position is either in the log (from its tail to one behind its head) or it is `gone`, and the answer says where the log begins:
// nothing is passed over in silence. The log decides; what it answers here counts more than anything that was heard by SUB.

internal import Synchronization

/// Who may do what with topics and their consumers.
struct TopicRights: Sendable {
    /// Whether a peer may have a topic.
    let mayRead: @Sendable (_ peer: String, _ topic: String) -> Bool
    /// Whether a peer may forget consumers that are not its own.
    let mayForget: @Sendable (_ peer: String) -> Bool
    /// Whether there is a peer of that name.
    let isPeer: @Sendable (String) -> Bool

    /// Over `tcp` what the topology grants; elsewhere all are of one owner, and each is what it calls itself.
    init(_ trust: Trust?, names: Set<String>) {
        mayRead = { trust?.mayRead($0, $1) != false }
        mayForget = { trust?.isNamed($0, BusOperations.removeConsumer.name) == true }
        isPeer = { trust?.isPeer($0) ?? names.contains($0) }
    }
}

struct TopicHandlers: Sendable {
    let log: (any EventLog)?
    /// Bytes that a page may have.
    let pageBytes: Int
    /// Named consumers that a peer may have.
    let consumersPerPeer: Int
    let rights: TopicRights
    /// Of each topic that is declared.
    let versions: [String: Int]
    let joins = JoinsUnderWay()

    func bind(to handlers: inout Handlers) {
        handlers.on(BusOperations.replay) { request, context in
            try checkLeave(context.peer, request.topic)
            try checkVersion(request)
            return RawPayload(try await page(request).encoded)
        }
        handlers.on(BusOperations.join) { request, context in
            try checkLeave(context.peer, request.topic)
            try request.checkName()
            defer { joins.end(context.peer) }
            try await checkNumber(request, context.peer, joins.begin(context.peer))
            return try await standing(request.consumer, of: request.topic, by: context.peer) {
                try request.position(known: $0, $1)
            }
        }
        handlers.on(BusOperations.acknowledge) { request, context in
            try checkLeave(context.peer, request.topic)
            return try await standing(request.consumer, of: request.topic, by: context.peer) {
                try request.position(known: $0, $1)
            }
        }
        handlers.on(BusOperations.removeConsumer) { request, context in
            ConsumersRemoved(removed: try await remove(request, by: context.peer))
        }
    }

    private func checkLeave(_ peer: String, _ topic: String) throws {
        guard !rights.mayRead(peer, topic) else { return }
        throw Failure(.forbidden, "The topology does not let you read \"\(topic)\" (peers.\(peer).may_subscribe).")
    }

    /// Who takes the events for something else gets none: before anything else is said of the topic.
    private func checkVersion(_ request: ReplayRequest) throws {
        let wanted = request.version ?? 1
        guard let published = versions[request.topic], wanted != 0, wanted != published else { return }
        throw Failure(
            .topicVersion,
            "\"\(request.topic)\" has version \(published) here, and you read \(wanted): its events mean something else now."
        )
    }

    /// A register grows with every name, and its log is kept for it. `underWay`: joins of the peer that are not in the register yet.
    private func checkNumber(_ request: JoinRequest, _ peer: String, _ underWay: Int) async throws {
        let all = try await register().positions()
        if all.contains(where: { $0.consumer == request.consumer && $0.topic == request.topic }) { return }
        guard all.count(where: { $0.owner == peer }) + underWay <= consumersPerPeer else {
            throw Failure(
                .overloaded,
                "\"\(peer)\" has \(consumersPerPeer) named consumers here, and may have no more."
            )
        }
    }

    // MARK: Pages

    private func page(_ request: ReplayRequest) async throws -> ReplayPage {
        let (from, limit) = (max(request.from, 1), max(0, min(request.limit, 10_000)))
        let bytes = pageBytes - ReplayPage.headerSize
        guard let page = try await log?.page(of: request.topic, from: from, limit: limit, bytes: bytes) else {
            throw Self.notFound(request.topic)
        }
        // Of another epoch the head says enough: the offset asked for means nothing in this one.
        guard request.limit > 0, request.epoch.map({ $0 == page.head.epoch }) ?? true else {
            return ReplayPage(head: page.head, block: nil)
        }
        guard from >= page.head.tail, from <= page.head.head + 1 else { throw page.head.gone(from) }
        return page
    }

    private static func notFound(_ topic: String) -> Failure {
        Failure(.notFound, "No topic \"\(topic)\" is published here.")
    }

    private func head(of topic: String) async throws -> TopicHead {
        guard let page = try await log?.page(of: topic, from: 1, limit: 0, bytes: 0) else {
            throw Self.notFound(topic)
        }
        return page.head
    }

    // MARK: Consumers

    private func register() throws -> any ConsumerRegister {
        guard let register = log?.consumers else { throw Failure(.unknownOperation, "No consumers are kept here.") }
        return register
    }

    private func standing(
        _ consumer: String,
        of topic: String,
        by peer: String,
        _ decide: @escaping ConsumerRegister.Decision
    ) async throws -> ConsumerStanding {
        let ownership = ConsumerOwnership(peer: peer, isPeer: rights.isPeer)
        let position = try await register().update(consumer, of: topic) { known, head in
            let owner = try ownership.owner(of: consumer, known: known)
            var position = try decide(known, head)
            position.owner = owner
            return position
        }
        let head = try await head(of: topic)
        return ConsumerStanding(
            epoch: head.epoch,
            acknowledged: position.acknowledged,
            head: head.head,
            tail: head.tail
        )
    }

    /// Who was granted that may forget anybody's; everybody else only its own.
    private func remove(_ request: ConsumerReference, by peer: String) async throws -> Int {
        let ownership = ConsumerOwnership(peer: peer, isPeer: rights.isPeer)
        let isGranted = rights.mayForget(peer)
        return try await register().remove(request.consumer, of: request.topic) { position in
            if !isGranted { _ = try ownership.owner(of: request.consumer, known: position) }
        }
    }

    /// Each topic's consumers, with what they have not acknowledged; `nil` where the log keeps none.
    func consumerStats(at now: Deadline = .now) async -> [String: [ConsumerStats]]? {
        guard let log, let register = log.consumers, let heads = try? await log.heads() else { return nil }
        var stats: [String: [ConsumerStats]] = [:]
        for position in (try? await register.positions()) ?? [] {
            guard let head = heads.first(where: { $0.topic == position.topic }) else { continue }
            let next = max(position.epoch == head.epoch ? position.acknowledged + 1 : 1, head.tail)
            let waiting = try? await log.read(topic: head.topic, from: next, limit: 1).first
            stats[head.topic, default: []].append(ConsumerStats(position, head, oldest: waiting?.committedAt, now))
        }
        return stats
    }
}

/// Joins that have begun, by peer.
final class JoinsUnderWay: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// Returns how many there are now.
    func begin(_ peer: String) -> Int {
        counts.withLock { counts in
            counts[peer, default: 0] += 1
            return counts[peer, default: 1]
        }
    }

    func end(_ peer: String) {
        counts.withLock { counts in
            let left = (counts[peer] ?? 1) - 1
            counts[peer] = left > 0 ? left : nil
        }
    }
}
