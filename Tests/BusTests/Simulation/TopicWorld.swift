// One topic and two subscribers: a log with retention and a register of consumers against two `TopicTail`s, over a network that loses, doubles and
// overtakes. Subscribers are slow and die; the log begins anew now and then.
//
//     log · register ── block, head, page ──>  0: checkpoint of its own, with its effects     each event once
//                    <── question, join, ack ──  1: known by name, goes on where it acknowledged   each at least once
//
// What must hold: events take effect in order and without a hole; none is pruned that a named consumer lacks, unless it is too far behind; buffers
// stay within their bounds; when the faults are over, everybody comes to the end of the log.

import Simulation

@testable import Bus

struct TopicWorld: World {
    enum Mistake: CaseIterable, Sendable {
        case neverAsksTheLog, saysNoHeads, prunesWhatIsLacked, acknowledgesWhatIsBuffered
        case keepsThePlaceOfAnotherEpoch, checkpointsWhatIsBuffered
    }

    private enum Message {
        case block(EventBlock)
        case head(epoch: UInt64, UInt64)
        case question(Question)
        case page(EventBlock?, TopicHead, to: Question)
        case gone(TopicHead, to: Question)
        case acknowledge(AcknowledgeRequest)
    }

    private struct Question {
        let number: Int
        let from: UInt64
        let epoch: UInt64?
        let doubt: UInt64?
    }

    private struct Subscriber {
        var tail: TopicTail
        /// What has taken effect: the last of it.
        var applied: (epoch: UInt64, offset: UInt64) = (0, 0)
        var life = 0
        /// How many questions it has asked; only the answer to the last one counts.
        var questions = 0
        var askedAt: Double?
        var isSlow = false
        var downUntil = 0.0
    }

    private static let topic = "simulated.topic"
    private static let capacity = 32
    private static let retention = {
        var retention = Retention()
        (retention.events, retention.consumerEvents) = (40, 400)
        return retention
    }()

    private let mistake: Mistake?
    private var dice: SeededGenerator
    private var time = 0.0
    private var isFaulty = true
    private var log = TopicHead(topic: topic, epoch: 1, head: 0, tail: 1)
    private var positions: [Int: ConsumerPosition] = [:]
    /// The oldest event that was there when the register came to know a subscriber in the present log: from there on it is kept for it.
    private var heldFrom: [Int: UInt64] = [:]
    private var subscribers: [Subscriber] = []
    private var messages: [(message: Message, with: Int, life: Int, due: Double)] = []
    private var nextHead = 0.0

    private(set) var violations: [String] = []
    private(set) var happened: [String: Int] = [:]

    init(seed: UInt64, mistake: Mistake?) {
        (self.mistake, dice) = (mistake, SeededGenerator(seed: seed))
        for _ in 0..<2 { subscribers.append(Subscriber(tail: TopicTail(next: 1, capacity: Self.capacity))) }
        for number in 0..<2 { come(number) }
    }

    var digest: UInt64 { happened.values.reduce(time.bitPattern) { $0 &+ UInt64($1) &* 31 } &+ log.head }

    mutating func step() {
        time += dice.unit * 10
        deliver()
        if isFaulty { publish() }
        if time >= nextHead { sayHead() }
        for number in subscribers.indices where time >= subscribers[number].downUntil { work(number) }
        if isFaulty { misfortune() }
    }

    mutating func heal() {
        isFaulty = false
        for number in subscribers.indices { (subscribers[number].isSlow, subscribers[number].downUntil) = (false, 0) }
        let end = time + 8_000
        while time < end { step() }
        for (number, subscriber) in subscribers.enumerated() where subscriber.applied != (log.epoch, log.head) {
            guard log.head > 0 else { continue }
            violations.append("subscriber \(number) ends at \(subscriber.applied), the log at \((log.epoch, log.head))")
        }
        for (number, subscriber) in subscribers.enumerated()
        where subscriber.tail.gapsFilled != subscriber.tail.gapsFound {
            violations.append("subscriber \(number) has a gap left")
        }
    }

    private mutating func note(_ name: String) { happened[name, default: 0] += 1 }

    // MARK: The publisher

    private mutating func publish() {
        guard dice.chance(0.15) else { return }
        let first = log.head + 1
        log = TopicHead(
            topic: Self.topic,
            epoch: log.epoch,
            head: log.head + UInt64.random(in: 1...4, using: &dice),
            tail: log.tail
        )
        guard let block = block(first...log.head) else { return }
        for number in subscribers.indices { send(.block(block), number) }
    }

    private func block(_ offsets: ClosedRange<UInt64>) -> EventBlock? {
        EventBlock(TopicTailTests.events(offsets, epoch: log.epoch))
    }

    private mutating func sayHead() {
        nextHead = time + 200
        prune()
        guard mistake != .saysNoHeads else { return }
        for number in subscribers.indices { send(.head(epoch: log.epoch, log.head), number) }
    }

    private mutating func prune() {
        let slowest = positions.values.filter { $0.epoch == log.epoch }.map(\.acknowledged).min()
        let first = Self.retention.firstToKeep(
            of: log,
            younger: 1,
            consumerYounger: 1,
            slowest: mistake == .prunesWhatIsLacked ? nil : slowest
        )
        guard first > log.tail else { return }
        log = TopicHead(topic: Self.topic, epoch: log.epoch, head: log.head, tail: first)
        note("the log is pruned")
    }

    /// A question in another epoch is answered with where the log stands, and no events.
    private mutating func answer(_ question: Question, _ number: Int) {
        guard question.epoch == nil || question.epoch == log.epoch else {
            return send(.page(nil, log, to: question), number)
        }
        let (first, last) = (question.from, min(log.head, question.from + 31))
        guard first >= log.tail else { return send(.gone(log, to: question), number) }
        send(.page(first <= last ? block(first...last) : nil, log, to: question), number)
    }

    // MARK: The subscribers

    private mutating func work(_ number: Int) {
        ask(number)
        let limit = subscribers[number].isSlow ? 1 : 16
        guard dice.chance(subscribers[number].isSlow ? 0.05 : 0.7) else { return }
        let events = subscribers[number].tail.take(limit)
        for event in events { apply(event, number) }
        if let last = events.last, dice.chance(0.6) { acknowledge(last.epoch, last.offset, number) }
        if subscribers[number].tail.room > Self.capacity { violations.append("subscriber \(number) has no bound") }
    }

    private mutating func ask(_ number: Int) {
        if let askedAt = subscribers[number].askedAt, time - askedAt < 300 { return }
        let tail = subscribers[number].tail
        // A log that was never asked is asked once, for its epoch.
        guard let from = tail.needsRefill ?? (tail.epoch == nil || tail.next == 1 && tail.head == 0 ? tail.next : nil)
        else { return }
        if mistake == .neverAsksTheLog, tail.epoch != nil { return }
        subscribers[number].questions += 1
        subscribers[number].askedAt = time
        let count = subscribers[number].questions
        send(.question(Question(number: count, from: from, epoch: tail.epoch, doubt: tail.doubt)), number)
    }

    private mutating func apply(_ event: Event, _ number: Int) {
        let last = subscribers[number].applied
        let isNext = event.epoch == last.epoch ? event.offset == last.offset + 1 : event.offset == 1
        // What was not acknowledged when its consumer died comes again.
        let isAgain = number == 1 && event.epoch == last.epoch && event.offset <= last.offset
        if !isNext, !isAgain { violations.append("subscriber \(number): \(event.offset) came after \(last)") }
        subscribers[number].applied = isAgain ? last : (event.epoch, event.offset)
        note(isAgain ? "an event comes again" : "an event takes effect")
    }

    private mutating func acknowledge(_ epoch: UInt64, _ offset: UInt64, _ number: Int) {
        let isEarly = mistake == .acknowledgesWhatIsBuffered
        let request = AcknowledgeRequest(
            consumer: "\(number)",
            topic: Self.topic,
            epoch: epoch,
            offset: isEarly ? min(log.head, offset + 8) : offset,
            gapsFound: 0,
            gapsFilled: 0
        )
        send(.acknowledge(request), number)
    }

    private mutating func keep(_ position: ConsumerPosition, _ number: Int) {
        if position.epoch != positions[number]?.epoch { heldFrom[number] = log.tail }
        positions[number] = position
    }

    /// Begins a life: where it stands by itself, or where the register has it.
    private mutating func come(_ number: Int) {
        var applied = subscribers[number].applied
        if mistake == .checkpointsWhatIsBuffered, number == 0, applied.epoch == log.epoch {
            applied.offset = min(log.head, applied.offset + 4)
        }
        let own = number == 0 && applied.epoch != 0
        let request = JoinRequest(
            consumer: "\(number)",
            topic: Self.topic,
            epoch: own ? applied.epoch : nil,
            offset: own ? applied.offset : nil
        )
        guard let position = try? request.position(known: positions[number], log) else {
            return violations.append("subscriber \(number) may not join at \(applied)")
        }
        // Whom the register knows of another log only begins with the oldest event of this one.
        if !own, positions[number]?.epoch != log.epoch {
            let last = applied.epoch == log.epoch ? max(applied.offset, position.acknowledged) : position.acknowledged
            subscribers[number].applied = (position.epoch, last)
        }
        keep(position, number)
        var tail = TopicTail(next: position.acknowledged + 1, capacity: Self.capacity)
        if own {
            tail.resume(epoch: applied.epoch, next: applied.offset + 1)
        } else if mistake == .keepsThePlaceOfAnotherEpoch {
            tail.resume(epoch: log.epoch, next: applied.offset + 1)
        } else {
            tail.resume(epoch: position.epoch, next: position.acknowledged + 1)
        }
        (subscribers[number].tail, subscribers[number].askedAt) = (tail, nil)
        subscribers[number].life += 1
    }

    // MARK: The wire

    private mutating func send(_ message: Message, _ number: Int) {
        let copies = isFaulty ? (dice.chance(0.1) ? 0 : dice.chance(0.1) ? 2 : 1) : 1
        for _ in 0..<copies {
            let delay = isFaulty && dice.chance(0.05) ? dice.unit * 2_000 : dice.unit * 40
            messages.append((message, number, subscribers[number].life, time + delay))
        }
    }

    private mutating func deliver() {
        let due = messages.filter { $0.due <= time }.sorted { $0.due < $1.due }
        messages.removeAll { $0.due <= time }
        for (message, number, life, _) in due { receive(message, number, life) }
    }

    private mutating func receive(_ message: Message, _ number: Int, _ life: Int) {
        let isHere = time >= subscribers[number].downUntil
        switch message {
        // Live events go to whoever listens, also to a later life.
        case .block(let block): if isHere { note("\(subscribers[number].tail.receive(block))") }
        case .head(let epoch, let head):
            if isHere { _ = subscribers[number].tail.receiveHead(epoch: epoch, head: head) }
        case .question(let question): answer(question, number)
        case .acknowledge(let request):
            if let position = try? request.position(known: positions[number], log) { keep(position, number) }
        case .page(let block, let head, let question):
            guard isHere, settles(question, number, life) else { return }
            subscribers[number].tail.refill(block, log: head, settling: question.doubt)
        case .gone(let head, let question):
            guard isHere, settles(question, number, life) else { return }
            forgive(head, question.from, number)
        }
    }

    private mutating func settles(_ question: Question, _ number: Int, _ life: Int) -> Bool {
        guard life == subscribers[number].life, question.number == subscribers[number].questions,
            subscribers[number].askedAt != nil
        else { return false }
        subscribers[number].askedAt = nil
        return true
    }

    /// Only who is too far behind is told that what it lacks has gone; it gives up what lies before.
    private mutating func forgive(_ head: TopicHead, _ from: UInt64, _ number: Int) {
        note("an event is gone")
        let tail = subscribers[number].tail
        // What is not wanted any more may be refused.
        guard head.epoch == log.epoch, head.epoch == tail.epoch, tail.needsRefill == from else { return }
        // Of a log that began anew nothing is kept for whom it does not know yet; and an earlier life may have acknowledged, late, what this one
        // still asks for.
        let isKnown = positions[number].map { $0.epoch == log.epoch && $0.acknowledged < from } ?? false
        let isLacked = isKnown && from >= heldFrom[number] ?? 1
        if isLacked, head.head - min(head.head, from) < 350 {
            violations.append("subscriber \(number) lacks \(from), which was pruned")
        }
        subscribers[number].tail.skip(to: head.tail)
        let applied = subscribers[number].applied
        let last = applied.epoch == head.epoch ? max(applied.offset, head.tail - 1) : head.tail - 1
        subscribers[number].applied = (head.epoch, last)
    }

    // MARK: Misfortune

    private mutating func misfortune() {
        let number = dice.chance(0.5) ? 0 : 1
        if dice.chance(0.003) { subscribers[number].isSlow.toggle() }
        if dice.chance(0.006), time >= subscribers[number].downUntil {
            subscribers[number].downUntil = time + dice.unit * 1_000
            come(number)
            note("a subscriber dies")
        }
        if dice.chance(0.000_5) { beginAnew() }
    }

    /// Another log: offsets begin at 1, and what consumers said of the old one means nothing.
    private mutating func beginAnew() {
        log = TopicHead(topic: Self.topic, epoch: log.epoch + 1, head: 0, tail: 1)
        note("the log begins anew")
    }
}
