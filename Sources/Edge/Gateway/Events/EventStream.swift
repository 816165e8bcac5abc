// One client that follows a topic: from its place in the log to the head, and on with what comes, until one of them ends it.
//
//     feed has it ──> sent ──┐      feed is elsewhere ──> a page of the log ──> sent, or told that it is gone ──┐
//        ^───────────────────┘<─────────────────────────────────────────────────────────────────────────────────┘
//     at the end ──> waits for news, and says at times that it is there
//
// It reads for its client no more than there is room for, so that a slow one costs its buffer, and what it has not read stays in the log.
// Beside it somebody asks again and again whether the client still may.

internal import Bus
internal import HTTPServer
internal import Synchronization

final class EventStream: Sendable {
    /// What ends a stream, as it is counted: a closed set.
    enum Reason: String, Sendable, CaseIterable {
        case clientGone = "client_gone"
        case slowReader = "slow_reader"
        case stopping
        case notAllowed = "not_allowed"
        case undecided
        case topicVersion = "topic_version"
    }

    struct Settings: Sendable {
        let keepAlive: Duration
        let retry: Duration
        let recheck: Duration
    }

    /// A page of the topic's log.
    typealias Log = @Sendable (_ from: LogPosition, _ limit: Int) async throws -> ReplayPage
    /// Why the client may not follow any more; nil while it may.
    typealias Leave = @Sendable () async -> Refused?
    /// Counts events that are sent.
    typealias Count = @Sendable (Int) -> Void

    let id: UInt64
    let body: BodyStream
    private let request: EventsRequest
    let feed: TopicFeed
    private let log: Log
    private let leave: Leave
    private let count: Count
    private let settings: Settings
    private let counts = Mutex((sent: 0, reason: Reason?.none))

    init(
        _ id: UInt64,
        _ request: EventsRequest,
        of feed: TopicFeed,
        into body: BodyStream,
        _ settings: Settings,
        log: @escaping Log,
        leave: @escaping Leave,
        count: @escaping Count = { _ in }
    ) {
        self.id = id
        self.request = request
        self.feed = feed
        self.body = body
        self.settings = settings
        self.log = log
        self.leave = leave
        self.count = count
    }

    var sent: Int { counts.withLock { $0.sent } }

    /// Returns when it is over, and why.
    func run(from begin: (cursor: StreamCursor, reset: StreamReset?)?) async -> Reason {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.send(from: begin) }
            group.addTask { await self.over() }
            group.addTask { await self.watchLeave() }
            group.addTask { await self.tick() }
            _ = await group.next()
            group.cancelAll()
        }
        body.finish()
        if let reason = counts.withLock({ $0.reason }) { return reason }
        switch body.end {
        case .slowReader: return .slowReader
        case .stopping: return .stopping
        default: return .clientGone
        }
    }

    /// Returns when its body has ended, whoever ended it.
    private func over() async {
        await withCheckedContinuation { continuation in body.whenOver { _ in continuation.resume() } }
    }

    /// Ends it with a word about why; only the first counts.
    private func end(_ reason: Reason, _ failure: Failure) {
        counts.withLock { $0.reason = $0.reason ?? reason }
        body.finish(StreamEnd(reason: failure.code.name, detail: failure.detail).event)
    }

    // MARK: What is sent

    private func send(from begin: (cursor: StreamCursor, reset: StreamReset?)?) async {
        guard await body.write(ServerSentEvent.retry(settings.retry)) else { return }
        var place = Place()
        if let begin, await !enter(begin, &place) { return }
        while let room = await body.room(), !Task.isCancelled {
            guard let cursor = place.cursor else {
                await settle(&place)
                continue
            }
            let (found, version) = feed.find(cursor.next)
            switch found {
            case .entries(let entries): guard await pass(entries, room, &place) else { return }
            case .atEnd: await rest(version, &place)
            case .elsewhere: await read(room, version, &place)
            }
        }
    }

    /// Where it is, and what of that its client knows.
    private struct Place {
        /// Nil until the log has been asked.
        var cursor: StreamCursor?
        var lastWord = ContinuousClock.now
        /// Its client was spared events: its position has moved, and it has not been told.
        var isAhead = false
    }

    private func enter(_ begin: (cursor: StreamCursor, reset: StreamReset?), _ place: inout Place) async -> Bool {
        place.cursor = begin.cursor
        place.lastWord = .now
        // Also where nothing is missing: who loses the connection before the first event comes back to here.
        let word = begin.reset?.event(of: request.topic) ?? ServerSentEvent.position(begin.cursor.passed)
        return await body.write(word)
    }

    /// Asks the log where to begin.
    private func settle(_ place: inout Place) async {
        do {
            let head = try await log(LogPosition(epoch: 0, offset: 1), 0).head
            _ = await enter(StreamCursor.begin(request.start, head), &place)
        } catch {
            await cannotRead(error, &place)
        }
    }

    /// Sends as many as there is room for, at least one; false where it is over.
    private func pass(_ entries: some Sequence<FeedRing.Entry>, _ room: Int, _ place: inout Place) async -> Bool {
        let portion = StreamPortion(entries, room: room, keys: request.keys)
        if let passed = portion.passed {
            place.cursor?.pass(passed)
            place.isAhead = portion.isAhead
        }
        guard portion.sent > 0 else {
            sayThatItIsThere(&place)
            return true
        }
        counts.withLock { $0.sent += portion.sent }
        count(portion.sent)
        place.lastWord = .now
        return await body.write(portion.bytes)
    }

    /// Reads a page of the log, or finds out that what it wants is not there.
    private func read(_ room: Int, _ version: UInt64, _ place: inout Place) async {
        guard var cursor = place.cursor else { return }
        do {
            let page = try await log(cursor.next, Self.page)
            if let reset = cursor.settle(page.head) { return await tell(reset, cursor, &place) }
            let events = page.events
            // The log has nothing more: the feed is about to learn what the log knows.
            if events.isEmpty { return await rest(version, &place) }
            _ = await pass(events.lazy.map(FeedRing.Entry.init), room, &place)
        } catch let failure as Failure where failure.code == .gone {
            await settleAgain(cursor, &place)
        } catch {
            await cannotRead(error, &place)
        }
    }

    /// Events of a page that is read for one stream.
    private static let page = 256

    private func settleAgain(_ cursor: StreamCursor, _ place: inout Place) async {
        var cursor = cursor
        do {
            let head = try await log(LogPosition(epoch: 0, offset: 1), 0).head
            if let reset = cursor.settle(head) { await tell(reset, cursor, &place) }
        } catch {
            await cannotRead(error, &place)
        }
    }

    private func tell(_ reset: StreamReset, _ cursor: StreamCursor, _ place: inout Place) async {
        (place.cursor, place.lastWord, place.isAhead) = (cursor, .now, false)
        _ = await body.write(reset.event(of: request.topic))
    }

    /// A publisher that is away is waited for; one whose events mean something else now is not.
    private func cannotRead(_ error: any Error, _ place: inout Place) async {
        if let failure = error as? Failure {
            if failure.code == .topicVersion { return end(.topicVersion, failure) }
            if failure.code == .forbidden { return end(.notAllowed, failure) }
        }
        sayThatItIsThere(&place)
        try? await Task.sleep(for: Self.pause)
    }

    private static let pause = Duration.milliseconds(250)

    // MARK: Signs of life

    private func rest(_ version: UInt64, _ place: inout Place) async {
        sayThatItIsThere(&place)
        await feed.news(after: version, for: id)
    }

    private func sayThatItIsThere(_ place: inout Place) {
        let now = ContinuousClock.now
        guard now - place.lastWord >= settings.keepAlive else { return }
        place.lastWord = now
        guard place.isAhead, let cursor = place.cursor else {
            body.writeIfIdle(ServerSentEvent.comment("still here"))
            return
        }
        // Where something waits to be read, the next word says where it is.
        if body.writeIfIdle(ServerSentEvent.position(cursor.passed)) { place.isAhead = false }
    }

    private func tick() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: settings.keepAlive) } catch { return }
            feed.wake(id)
        }
    }

    // MARK: Leave

    /// Who may not follow any more hears nothing more; who cannot be asked about is asked about again, for as long as it takes to ask once.
    private func watchLeave() async {
        var isUndecidedSince: ContinuousClock.Instant?
        while !Task.isCancelled {
            let pause = isUndecidedSince == nil ? settings.recheck : settings.recheck / 4
            do { try await Task.sleep(for: pause) } catch { return }
            guard let refused = await leave(), !Task.isCancelled else {
                isUndecidedSince = nil
                continue
            }
            guard refused == .undecided else { return end(Self.reason(refused.failure), refused.failure) }
            let since = isUndecidedSince ?? .now
            isUndecidedSince = since
            if ContinuousClock.now - since >= settings.recheck / 2 { return end(.undecided, refused.failure) }
        }
    }

    private static func reason(_ failure: Failure) -> Reason {
        failure.code == .topicVersion ? .topicVersion : .notAllowed
    }
}

/// The last event of a stream that the gateway ends.
struct StreamEnd: Codable, Sendable, Equatable {
    let reason: String
    let detail: String

    static let name = "end"
    static let stopping = StreamEnd(reason: "stopping", detail: "The gateway is shutting down. Come back.")

    var event: [UInt8] { ServerSentEvent.event(Self.name, (try? PayloadCoding.encode(self)) ?? []) }
}
