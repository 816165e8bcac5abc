// A keeper and two holders in a world where everything that can go wrong does, by a seed: messages are lost, doubled, late and overtaken, holders are
// cut off, frozen and killed, the keeper is restarted, clocks run at different rates from different starts. No wall clock is in it: neither
// machine has one.
//
// It watches one thing: once a revocation was answered, no holder lets in what it took away.

import Leases
import Simulation

struct LeaseWorld: World {
    /// What an implementation around the machines could do wrong.
    enum Mistake: CaseIterable, Sendable {
        case answersWithoutWaiting, publishesBeforeCommit, publishesNothing, notesTheMomentAfterReading
        case forgetsEarlierLeases, answersRepeatsAtOnce, clocksBeyondTheMargin
    }

    typealias Instant = ContinuousClock.Instant
    typealias Machine = LeaseHolder<String, Int>

    static let length = Duration.milliseconds(1000)
    static let subjects = (0..<4).map { "s\($0)" }

    private enum Message {
        case request(LeaseRequest, from: Int, life: Int, Machine.Question)
        case answer(LeaseAnswer, to: Int, life: Int, Machine.Question)
        case ask(String, from: Int, life: Int, sentAt: Instant)
        case verdict(Int, Standing?, String, to: Int, life: Int, sentAt: Instant)

        var holder: Int {
            switch self {
            case .request(_, let holder, _, _), .answer(_, let holder, _, _), .ask(_, let holder, _, _),
                .verdict(_, _, _, let holder, _, _):
                holder
            }
        }
    }

    private struct Holder {
        var machine: Machine
        var life: Int
        let rate: Double
        let offset: Double
        var isCut = false
        var frozenUntil = 0.0
        var askedAt: Double?
    }

    private struct Parked {
        let request: LeaseRequest
        let granted: Duration
        let came: Double
        let holder: Int
        let life: Int
        let question: Machine.Question
    }

    /// A revocation on its way: what it takes away, which generation, and how far it has come.
    private struct Revocation {
        enum Stage { case idle, begun, committed, published }
        let subject: String?
        var stage = Stage.idle
        var ticket: LeaseKeeper.Ticket = 0
        var taken: [String: Int] = [:]
        var publishedAt = 0.0
    }

    private struct Asked {
        let subject: String
        let holder: Int
        let life: Int
        let sentAt: Instant
        var number: UInt64?
        var generation: Int?
    }

    private let mistake: Mistake?
    private var random: SplitMix
    private let start = ContinuousClock.now
    /// True time, in milliseconds.
    private var time = 0.0
    private var lives = 0
    private var keeper: LeaseKeeper
    private let keeperRate: Double
    private var parked: [Parked] = []
    private var revocations: [Revocation] = []
    private var asked: [Asked] = []
    private var messages: [(message: Message, due: Double)] = []
    private var holders: [Holder] = []
    /// The store: which generation of each subject counts now.
    private var generations = Dictionary(uniqueKeysWithValues: subjects.map { ($0, 1) })
    /// The last generation of each that was said to be gone.
    private var answered = Dictionary(uniqueKeysWithValues: subjects.map { ($0, 0) })

    private(set) var violations: [String] = []
    private(set) var hits = 0
    private(set) var answers = 0
    private(set) var longestWait = 0.0
    private var lastRestart = -10_000.0

    var happened: [String: Int] { ["a verdict is used": hits, "a revocation is answered": answers] }
    var digest: UInt64 { time.bitPattern &+ UInt64(hits) &* 31 &+ UInt64(answers) }

    init(seed: UInt64, mistake: Mistake? = nil) {
        self.mistake = mistake
        random = SplitMix(state: seed)
        keeperRate = 1 + random.unit * 0.04
        keeper = LeaseKeeper(term: "t0", limits: .init(length: Self.length, history: 2), quietUntil: start)
        for number in 0..<2 {
            let slow = mistake == .clocksBeyondTheMargin ? 0.5 : 1 - random.unit * 0.04
            holders.append(
                Holder(
                    machine: Machine(name: "h\(number).0", limit: 1 << 20),
                    life: 0,
                    rate: slow,
                    offset: random.unit * 1e6
                )
            )
        }
    }

    mutating func run(steps: Int) { for _ in 0..<steps { step() } }

    mutating func step() {
        time += random.unit * 30
        act()
        look()
    }

    /// All faults end; what was begun has to end too.
    mutating func heal() {
        for number in holders.indices { (holders[number].isCut, holders[number].frozenUntil) = (false, 0) }
        let end = time + 4_000
        while time < end {
            time += 5
            deliver(isFaulty: false)
            for number in holders.indices { follow(number) }
            unpark()
            for index in revocations.indices.reversed() { advance(index) }
            look()
        }
        if !revocations.isEmpty { violations.append("\(revocations.count) revocations have not ended") }
    }

    var openRevocations: Int { revocations.count }

    // MARK: Clocks

    private var keeperNow: Instant { start + .milliseconds(time * keeperRate + 5e6) }

    private func now(_ number: Int) -> Instant {
        start + .milliseconds(time * holders[number].rate + holders[number].offset)
    }

    // MARK: Steps

    private mutating func act() {
        deliver(isFaulty: true)
        unpark()
        for number in holders.indices where time >= holders[number].frozenUntil {
            follow(number)
            if random.chance(0.3) { ask(number) }
        }
        if random.chance(0.05), revocations.count < 6 {
            revocations.append(
                Revocation(subject: random.chance(0.1) ? nil : Self.subjects.randomElement(using: &random))
            )
        }
        for index in revocations.indices.reversed() where random.chance(0.5) { advance(index) }
        for index in asked.indices.reversed() where random.chance(0.5) { work(index) }
        misfortune()
    }

    private mutating func misfortune() {
        let number = random.chance(0.5) ? 0 : 1
        if random.chance(0.01) { holders[number].isCut.toggle() }
        if random.chance(0.005) { holders[number].frozenUntil = time + random.unit * 3_000 }
        if random.chance(0.015) { kill(number) }
        if random.chance(0.004) { restart() }
    }

    private mutating func kill(_ number: Int) {
        lives += 1
        holders[number].machine = Machine(name: "h\(number).\(lives)", limit: 1 << 20)
        (holders[number].life, holders[number].askedAt) = (lives, nil)
    }

    /// What was in its hands is gone, answered or not; what was committed stays.
    private mutating func restart() {
        lives += 1
        let isForgotten = mistake == .forgetsEarlierLeases
        keeper = LeaseKeeper(
            term: "t\(lives)",
            limits: .init(length: Self.length, history: 2),
            quietUntil: isForgotten ? keeperNow : keeperNow + Self.length
        )
        (parked, asked, revocations) = ([], [], [])
        lastRestart = time
    }

    // MARK: The wire

    private mutating func send(_ message: Message, isFaulty: Bool = true) {
        guard !holders[message.holder].isCut, !(isFaulty && random.chance(0.05)) else { return }
        let copies = random.chance(0.1) ? 2 : 1
        for _ in 0..<copies {
            let isLate = random.chance(0.2)
            messages.append((message, time + random.unit * (isLate ? 2_500 : 20)))
        }
    }

    private mutating func deliver(isFaulty: Bool) {
        let due = messages.filter { $0.due <= time }
        messages.removeAll { $0.due <= time }
        for (message, _) in due {
            let holder = holders[message.holder]
            guard !holder.isCut else { continue }
            if isFaulty, time < holder.frozenUntil {
                messages.append((message, holder.frozenUntil))
                continue
            }
            receive(message)
        }
    }

    private mutating func receive(_ message: Message) {
        switch message {
        case .request(let request, let holder, let life, let question):
            let granted = keeper.receive(request, at: keeperNow)
            parked.append(
                Parked(request: request, granted: granted, came: time, holder: holder, life: life, question: question)
            )
        case .answer(let answer, let number, let life, let question):
            guard holders[number].life == life else { return }
            holders[number].machine.take(answer, to: question)
            holders[number].askedAt = nil
        case .ask(let subject, let holder, let life, let sentAt):
            asked.append(Asked(subject: subject, holder: holder, life: life, sentAt: sentAt))
        case .verdict(let generation, let standing, let subject, let number, let life, let sentAt):
            guard holders[number].life == life, let standing else { return }
            holders[number].machine.keep(
                generation,
                subject,
                standing,
                asOf: holders[number].machine.moment,
                sentAt: sentAt,
                size: 10
            )
        }
    }

    // MARK: Holders

    private mutating func follow(_ number: Int) {
        if let askedAt = holders[number].askedAt, time - askedAt < 400 { return }
        let question = holders[number].machine.ask(at: now(number))
        holders[number].askedAt = time
        send(.request(question.request, from: number, life: holders[number].life, question))
    }

    private mutating func ask(_ number: Int) {
        guard let subject = Self.subjects.randomElement(using: &random) else { return }
        send(.ask(subject, from: number, life: holders[number].life, sentAt: now(number)))
    }

    // MARK: The keeper

    private mutating func unpark() {
        for entry in parked where keeper.hasNews(for: entry.request) || time - entry.came > 250 {
            let answer = keeper.answer(entry.request, granted: entry.granted)
            send(.answer(answer, to: entry.holder, life: entry.life, entry.question))
        }
        parked.removeAll { keeper.hasNews(for: $0.request) || time - $0.came > 250 }
    }

    /// First the number, then the record; each in its own time.
    private mutating func work(_ index: Int) {
        if mistake == .notesTheMomentAfterReading {
            if asked[index].generation == nil { return asked[index].generation = generations[asked[index].subject] }
            asked[index].number = keeper.number
        } else {
            if asked[index].number == nil { return asked[index].number = keeper.number }
            asked[index].generation = generations[asked[index].subject]
        }
        let done = asked.remove(at: index)
        guard let generation = done.generation, let number = done.number else { return }
        let standing = Standing(
            term: keeper.term,
            number: number,
            grounds: [done.subject],
            milliseconds: random.chance(0.1) ? 300 : 60_000
        )
        send(.verdict(generation, standing, done.subject, to: done.holder, life: done.life, sentAt: done.sentAt))
    }

    private mutating func advance(_ index: Int) {
        switch revocations[index].stage {
        case .idle: begin(index)
        case .begun: commit(index)
        case .committed: publish(index)
        case .published: finish(index)
        }
    }

    /// Some find that another one was first: they change nothing, and wait for all that was begun before.
    private mutating func begin(_ index: Int) {
        if let subject = revocations[index].subject, random.chance(0.4) {
            revocations[index].taken = [subject: (generations[subject] ?? 0) - 1]
            revocations[index].stage = .published
            revocations[index].ticket = mistake == .answersRepeatsAtOnce ? 0 : keeper.lastTicket
            revocations[index].publishedAt = time
            if mistake == .answersRepeatsAtOnce { tell(index) }
            return
        }
        revocations[index].ticket = keeper.begin(at: keeperNow)
        revocations[index].stage = .begun
        if mistake == .publishesBeforeCommit {
            keeper.publish(revocations[index].ticket, grounds(index), at: keeperNow)
        }
    }

    private func grounds(_ index: Int) -> [String]? { revocations[index].subject.map { [$0] } }

    private mutating func commit(_ index: Int) {
        for subject in revocations[index].subject.map({ [$0] }) ?? Self.subjects {
            revocations[index].taken[subject] = generations[subject]
            generations[subject, default: 0] += 1
        }
        revocations[index].stage = .committed
    }

    private mutating func publish(_ index: Int) {
        let grounds = mistake == .publishesNothing ? [] : grounds(index)
        keeper.publish(revocations[index].ticket, grounds, at: keeperNow)
        revocations[index].stage = .published
        revocations[index].publishedAt = time
    }

    private mutating func finish(_ index: Int) {
        let isOver = keeper.wait(for: revocations[index].ticket, at: keeperNow) == .over
        guard isOver || mistake == .answersWithoutWaiting else { return }
        // A repeat may have found a transaction that was begun late: what counts is the wait after a commit.
        if time - lastRestart > 1_200 { longestWait = max(longestWait, time - revocations[index].publishedAt) }
        tell(index)
    }

    private mutating func tell(_ index: Int) {
        for (subject, generation) in revocations[index].taken {
            answered[subject] = max(answered[subject] ?? 0, generation)
        }
        answers += 1
        revocations.remove(at: index)
    }

    // MARK: What must hold

    private mutating func look() {
        for number in holders.indices where time >= holders[number].frozenUntil {
            for subject in Self.subjects {
                guard let generation = holders[number].machine.verdict(subject, at: now(number)) else { continue }
                hits += 1
                guard generation <= answered[subject] ?? 0 else { continue }
                violations.append("holder \(number) lets \(subject) in, whose end was answered")
            }
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From 0 up to 1.
    var unit: Double { mutating get { Double(next() >> 11) / Double(1 << 53) } }

    mutating func chance(_ probability: Double) -> Bool { unit < probability }
}
