// Keepers of one database and the holders that follow all of them, in a world where everything that can go wrong does, by a seed: besides what `LeaseWorld`
// has, replicas are killed between a commit and its answer and come back, and the database moves to another host while replicas that do not know go on
// reading the old one, where no commit goes through any more.
//
// It watches one thing: once a revocation was answered, by whichever replica, no holder lets in what it took away.

import Leases
import Simulation

struct ReplicatedWorld: World {
    /// What an implementation around the machines could do wrong.
    enum Mistake: CaseIterable, Sendable {
        case followsOneOnly, numbersWhenTheAnswerComes, keepsItsLifeOnAnotherConnection
        case readsOnOldConnections, leavesNoRow, forgetsTheRowAtOnce, answersRepeatsAtOnce, beginsAfterTheCommit
        case answersWithoutWaiting, forgetsEarlierLeases, saysWithoutCommit
    }

    typealias Instant = ContinuousClock.Instant
    typealias Machine = LeaseHolder<String, Int>

    static let length = Duration.milliseconds(1000)
    /// So many milliseconds before a question a commit may have been begun that vouches for its answer. `Leases` takes an eighth of a length; whatever is
    /// well below a length has to do, since whoever takes something away on another connection waits so long.
    private static let freshness = 700.0
    static let subjects = (0..<4).map { "s\($0)" }
    static let replicas = 2

    /// What a host has. The last one takes writes.
    private struct Database {
        var generations = Dictionary(uniqueKeysWithValues: subjects.map { ($0, 1) })
        var rows: [String: Int] = [:]
        var longest = Duration.zero
    }

    private struct Asking {
        let question: Machine.Question
        let at: Double
    }

    private enum Message {
        case request(LeaseRequest, life: Int, Asking)
        case answer(LeaseAnswer, life: Int, Asking)
        case ask(String, Asker)
        case verdict(Int, Standing, String, Asker)
    }

    private struct Holder {
        var machine: Machine
        var life = 0
        let rate: Double
        let offset: Double
        var isCut: Set<Int> = []
        var frozenUntil = 0.0
        var askedAt = [Double](repeating: -1e9, count: replicas)
    }

    private struct Parked {
        enum Stage {
            case came, committing(Instant, life: Int), committed(Instant, life: Int, Duration), granted(
                Duration,
                String
            )
        }
        let request: LeaseRequest
        let came: Instant
        let cameAt: Double
        let holder: Int
        let life: Int
        let asking: Asking
        var stage = Stage.came
    }

    private struct Revocation {
        enum Stage { case idle, begun, committed, published, repeated }
        let subject: String?
        var stage = Stage.idle
        var ticket: LeaseKeeper.Ticket = 0
        var row = ""
        var taken: [String: Int] = [:]
        var others = OthersRevocations()
    }

    private struct Asker {
        let life: Int
        let sentAt: Instant
        let moment: Machine.Moment
        /// The last generation of each that had been said to be gone when it asked.
        let answered: [String: Int]
    }

    private struct Asked {
        let subject: String
        let holder: Int
        let asker: Asker
        let cameAt: Double
        /// A commit has gone through that was begun after it came, or not long before.
        var isVouchedFor = false
        var found: (term: String, number: UInt64)?
    }

    private struct Replica {
        var machine: LeaseKeeper
        let rate: Double
        /// Which host writer and readers are connected to, and since which connection.
        var host = 0
        var readers = 0
        var life = 0
        var process = 0
        var noticesAt = Double.infinity
        var downUntil = 0.0
        /// When the last commit that went through was begun.
        var vouchedAt = -1e9
        var parked: [Parked] = []
        var asked: [Asked] = []
        var revocations: [Revocation] = []
        var rows: [LeaseKeeper.Ticket: String] = [:]
    }

    private let mistake: Mistake?
    private var random: SplitMix
    private let start = ContinuousClock.now
    /// True time, in milliseconds.
    private var time = 0.0
    private var lives = 0
    /// All faults have ended.
    private var isCalm = false
    private var hosts = [Database()]
    private var replicas: [Replica] = []
    private var holders: [Holder] = []
    private var messages: [(message: Message, holder: Int, replica: Int, due: Double)] = []
    /// The last generation of each that was said to be gone.
    private var answered = Dictionary(uniqueKeysWithValues: subjects.map { ($0, 0) })

    private(set) var violations: [String] = []
    private(set) var hits = 0
    private(set) var answers = 0
    private(set) var repeats = 0
    private(set) var failovers = 0

    var happened: [String: Int] {
        [
            "a verdict is used": hits, "a revocation is answered": answers, "a repeat is answered": repeats,
            "the database moves": failovers,
        ]
    }
    var digest: UInt64 { time.bitPattern &+ UInt64(hits) &* 31 &+ UInt64(answers) }

    init(seed: UInt64, mistake: Mistake? = nil) {
        self.mistake = mistake
        random = SplitMix(state: seed)
        for number in 0..<Self.replicas {
            let rate = 1 + random.unit * 0.04
            replicas.append(Replica(machine: keeper("\(number)"), rate: rate, process: -number - 1))
        }
        for number in 0..<2 {
            holders.append(
                Holder(machine: holder("h\(number).0"), rate: 1 - random.unit * 0.04, offset: random.unit * 1e6)
            )
        }
    }

    private func keeper(_ term: String) -> LeaseKeeper {
        let limits = LeaseKeeper.Limits(
            length: Self.length,
            history: 2,
            keepers: mistake == .followsOneOnly ? 1 : Self.replicas
        )
        return LeaseKeeper(term: term, limits: limits, connectedAt: start)
    }

    private func holder(_ name: String) -> Machine {
        Machine(name: name, limit: 1 << 20, keepers: mistake == .followsOneOnly ? 1 : Self.replicas)
    }

    private var followed: Range<Int> { 0..<(mistake == .followsOneOnly ? 1 : Self.replicas) }

    mutating func run(steps: Int) { for _ in 0..<steps { step() } }

    mutating func step() {
        time += random.unit * 30
        deliver()
        for number in holders.indices where time >= holders[number].frozenUntil {
            for replica in followed { follow(number, replica) }
            if random.chance(0.3) { ask(number) }
        }
        for number in replicas.indices { work(number) }
        misfortune()
        look()
    }

    /// All faults end; what was begun has to end too.
    mutating func heal() {
        isCalm = true
        for number in holders.indices { (holders[number].isCut, holders[number].frozenUntil) = ([], 0) }
        for number in replicas.indices where replicas[number].noticesAt < .infinity {
            replicas[number].noticesAt = time
        }
        let end = time + 8_000
        while time < end {
            time += 5
            deliver()
            for number in holders.indices { for replica in followed { follow(number, replica) } }
            for number in replicas.indices { work(number) }
            look()
        }
    }

    var openRevocations: Int { replicas.reduce(0) { $0 + $1.revocations.count } }
    var openRows: Int { hosts[hosts.count - 1].rows.count }
    var hasLeases: Bool { holders.indices.allSatisfy { holders[$0].machine.hasLease(at: holderNow($0)) } }

    // MARK: Clocks

    private func keeperNow(_ number: Int) -> Instant {
        start + .milliseconds(time * replicas[number].rate + Double(number) * 3e6)
    }

    private func holderNow(_ number: Int) -> Instant {
        start + .milliseconds(time * holders[number].rate + holders[number].offset)
    }

    // MARK: Misfortune

    private mutating func misfortune() {
        let number = random.chance(0.5) ? 0 : 1
        if random.chance(0.01) {
            let replica = Int(random.next() % UInt64(Self.replicas))
            if holders[number].isCut.remove(replica) == nil { holders[number].isCut.insert(replica) }
        }
        if random.chance(0.004) { holders[number].frozenUntil = time + random.unit * 3_000 }
        if random.chance(0.004) { kill(holder: number) }
        if random.chance(0.004) { kill(replica: number) }
        if random.chance(0.002) { moveDatabase() }
    }

    private mutating func kill(holder number: Int) {
        lives += 1
        holders[number].machine = holder("h\(number).\(lives)")
        (holders[number].life, holders[number].askedAt) = (lives, [-1e9, -1e9])
    }

    /// What was in its hands is gone, answered or not; what was committed stays, with its row.
    private mutating func kill(replica number: Int) {
        lives += 1
        var fresh = Replica(machine: keeper("t\(lives)"), rate: replicas[number].rate)
        (fresh.process, fresh.life, fresh.downUntil) = (lives, lives, time + random.unit * 500)
        replicas[number] = fresh
        connect(number)
    }

    /// Each replica notices in its own time. Some are left on the old host for long.
    private mutating func moveDatabase() {
        failovers += 1
        hosts.append(hosts[hosts.count - 1])
        for number in replicas.indices {
            replicas[number].noticesAt = time + random.unit * (random.chance(0.5) ? 20 : 2_500)
        }
    }

    private mutating func connect(_ number: Int) {
        lives += 1
        let isOld = mistake == .readsOnOldConnections
        (replicas[number].host, replicas[number].life) = (hosts.count - 1, lives)
        (replicas[number].readers, replicas[number].noticesAt) = (
            isOld ? replicas[number].readers : hosts.count - 1, .infinity
        )
        guard mistake != .keepsItsLifeOnAnotherConnection || replicas[number].machine.isUnknown else { return }
        replicas[number].machine.renew(term: "t\(lives)", at: keeperNow(number))
    }

    // MARK: The wire

    private mutating func send(_ message: Message, _ holder: Int, _ replica: Int) {
        guard !holders[holder].isCut.contains(replica), isCalm || !random.chance(0.05) else { return }
        for _ in 0..<(random.chance(0.1) ? 2 : 1) {
            let isLate = !isCalm && random.chance(0.1)
            messages.append((message, holder, replica, time + random.unit * (isLate ? 2_500 : 20)))
        }
    }

    private mutating func deliver() {
        let due = messages.filter { $0.due <= time }
        messages.removeAll { $0.due <= time }
        for each in due where !holders[each.holder].isCut.contains(each.replica) {
            if time < holders[each.holder].frozenUntil {
                messages.append((each.message, each.holder, each.replica, holders[each.holder].frozenUntil))
            } else {
                receive(each.message, each.holder, each.replica)
            }
        }
    }

    private mutating func receive(_ message: Message, _ holder: Int, _ replica: Int) {
        switch message {
        case .request(let request, let life, let asking):
            guard time >= replicas[replica].downUntil else { return }
            replicas[replica].machine.acknowledge(request, at: keeperNow(replica))
            replicas[replica].parked.append(
                Parked(
                    request: request,
                    came: keeperNow(replica),
                    cameAt: time,
                    holder: holder,
                    life: life,
                    asking: asking
                )
            )
        case .answer(let answer, let life, let asking):
            guard holders[holder].life == life else { return }
            holders[holder].machine.take(answer, to: asking.question)
            if holders[holder].askedAt[replica] == asking.at { holders[holder].askedAt[replica] = -1e9 }
        case .ask(let subject, let asker):
            guard time >= replicas[replica].downUntil else { return }
            replicas[replica].asked.append(Asked(subject: subject, holder: holder, asker: asker, cameAt: time))
        case .verdict(let generation, let standing, let subject, let asker):
            guard holders[holder].life == asker.life else { return }
            if generation <= asker.answered[subject, default: 0] {
                violations.append(
                    "\(subject) of generation \(generation) was said to be good when asked for after its end"
                )
            }
            let then = mistake == .numbersWhenTheAnswerComes ? holders[holder].machine.moment : asker.moment
            holders[holder].machine.keep(generation, subject, standing, asOf: then, sentAt: asker.sentAt, size: 10)
        }
    }

    // MARK: Holders

    private mutating func follow(_ number: Int, _ replica: Int) {
        guard time - holders[number].askedAt[replica] >= 400 else { return }
        let question = holders[number].machine.ask(replica, at: holderNow(number))
        holders[number].askedAt[replica] = time
        let asking = Asking(question: question, at: time)
        send(.request(question.request, life: holders[number].life, asking), number, replica)
    }

    private mutating func ask(_ number: Int) {
        guard let subject = Self.subjects.randomElement(using: &random) else { return }
        let replica = Int(random.next() % UInt64(Self.replicas))
        let asker = Asker(
            life: holders[number].life,
            sentAt: holderNow(number),
            moment: holders[number].machine.moment,
            answered: answered
        )
        send(.ask(subject, asker), number, replica)
    }

    // MARK: A replica

    private func isWritable(_ number: Int) -> Bool { replicas[number].host == hosts.count - 1 }

    private mutating func work(_ number: Int) {
        guard time >= replicas[number].downUntil else { return }
        if time >= replicas[number].noticesAt { connect(number) }
        if mistake == .readsOnOldConnections, random.chance(0.005) { replicas[number].readers = hosts.count - 1 }
        for index in replicas[number].parked.indices.reversed() { lease(number, index) }
        for index in replicas[number].asked.indices.reversed() where random.chance(0.5) { judge(number, index) }
        if !isCalm, random.chance(0.04), replicas[number].revocations.count < 4 {
            let subject = random.chance(0.1) ? nil : Self.subjects.randomElement(using: &random)
            replicas[number].revocations.append(Revocation(subject: subject))
        }
        for index in replicas[number].revocations.indices.reversed() where random.chance(0.5) { advance(number, index) }
        sweep(number)
    }

    /// A request for a lease: a commit, then the lease, then its answer, when there is something to tell.
    private mutating func lease(_ number: Int, _ index: Int) {
        let entry = replicas[number].parked[index]
        switch entry.stage {
        case .came:
            replicas[number].parked[index].stage = .committing(keeperNow(number), life: replicas[number].life)
        case .committing(let began, let life):
            guard isWritable(number) else {
                // Nobody answers; after some time it is given up.
                if time - entry.cameAt > 400 { replicas[number].parked.remove(at: index) }
                return
            }
            guard random.chance(0.7) else { return }
            let earlier = mistake == .forgetsEarlierLeases ? .zero : hosts[hosts.count - 1].longest
            hosts[hosts.count - 1].longest = Self.length
            replicas[number].parked[index].stage = .committed(began, life: life, earlier)
        case .committed(let began, let life, let earlier):
            guard random.chance(0.7) else { return }
            if life == replicas[number].life {
                replicas[number].machine.vouch(since: began, earlier: earlier, isComplete: true)
            }
            let granted = replicas[number].machine.grant(entry.request, at: entry.came)
            replicas[number].parked[index].stage = .granted(granted, replicas[number].machine.term)
        case .granted(let granted, let term):
            let machine = replicas[number].machine
            guard machine.hasNews(for: entry.request) || time - entry.cameAt > 250 else { return }
            let answer = machine.answer(entry.request, granted: machine.term == term ? granted : .zero)
            send(.answer(answer, life: entry.life, entry.asking), entry.holder, number)
            replicas[number].parked.remove(at: index)
        }
    }

    /// First a commit, then the number, then the record; each in its own time.
    private mutating func judge(_ number: Int, _ index: Int) {
        guard mistake == .saysWithoutCommit || replicas[number].asked[index].isVouchedFor else {
            // Where nobody answers it is given up after some time.
            if time - replicas[number].asked[index].cameAt > 400 {
                replicas[number].asked.remove(at: index)
            } else {
                if isWritable(number) { replicas[number].vouchedAt = time }
                replicas[number].asked[index].isVouchedFor =
                    time - replicas[number].vouchedAt < 0.9 * Self.freshness
            }
            return
        }
        guard let moment = replicas[number].asked[index].found else {
            let machine = replicas[number].machine
            return replicas[number].asked[index].found = (machine.term, machine.number)
        }
        let done = replicas[number].asked.remove(at: index)
        guard let generation = hosts[replicas[number].readers].generations[done.subject] else { return }
        let standing = Standing(
            term: moment.term,
            number: moment.number,
            grounds: [done.subject],
            milliseconds: random.chance(0.1) ? 300 : 60_000
        )
        send(.verdict(generation, standing, done.subject, done.asker), done.holder, number)
    }

    // MARK: Revocations

    private mutating func advance(_ number: Int, _ index: Int) {
        switch replicas[number].revocations[index].stage {
        case .idle: begin(number, index)
        case .begun: commit(number, index)
        case .committed: publish(number, index)
        case .published: finish(number, index)
        case .repeated: finishRepeat(number, index)
        }
    }

    /// Some find, in a transaction, that another one was first, here or elsewhere: they change nothing.
    private mutating func begin(_ number: Int, _ index: Int) {
        guard isWritable(number) else { return }
        if let subject = replicas[number].revocations[index].subject, random.chance(0.4) {
            let now = hosts[hosts.count - 1].generations[subject] ?? 0
            replicas[number].revocations[index].taken = [subject: now - 1]
            replicas[number].revocations[index].ticket = replicas[number].machine.lastTicket
            replicas[number].revocations[index].stage = .repeated
            return
        }
        replicas[number].revocations[index].stage = .begun
        if mistake != .beginsAfterTheCommit { beginTicket(number, index) }
    }

    private mutating func beginTicket(_ number: Int, _ index: Int) {
        let ticket = replicas[number].machine.begin(at: keeperNow(number))
        replicas[number].revocations[index].ticket = ticket
    }

    /// With its row. Its answer is yet to come.
    private mutating func commit(_ number: Int, _ index: Int) {
        guard isWritable(number) else { return }
        let revocation = replicas[number].revocations[index]
        lives += 1
        let row = "\(replicas[number].process).\(lives)"
        for subject in revocation.subject.map({ [$0] }) ?? Self.subjects {
            replicas[number].revocations[index].taken[subject] = hosts[hosts.count - 1].generations[subject]
            hosts[hosts.count - 1].generations[subject, default: 0] += 1
        }
        if mistake != .leavesNoRow { hosts[hosts.count - 1].rows[row] = replicas[number].process }
        replicas[number].revocations[index].row = row
        replicas[number].revocations[index].stage = .committed
    }

    private mutating func publish(_ number: Int, _ index: Int) {
        // A busy process comes back to it late.
        guard random.chance(0.3) else { return }
        if mistake == .beginsAfterTheCommit { beginTicket(number, index) }
        let revocation = replicas[number].revocations[index]
        replicas[number].machine.publish(
            revocation.ticket,
            revocation.subject.map { [$0] },
            at: keeperNow(number)
        )
        replicas[number].rows[revocation.ticket] = revocation.row
        replicas[number].revocations[index].stage = .published
    }

    private mutating func finish(_ number: Int, _ index: Int) {
        let ticket = replicas[number].revocations[index].ticket
        let isOver = replicas[number].machine.wait(for: ticket, at: keeperNow(number)) == .over
        guard isOver || mistake == .answersWithoutWaiting else { return }
        tell(number, index)
    }

    private mutating func finishRepeat(_ number: Int, _ index: Int) {
        var revocation = replicas[number].revocations[index]
        guard mistake != .answersRepeatsAtOnce else { return tell(number, index) }
        guard replicas[number].machine.wait(for: revocation.ticket, at: keeperNow(number)) == .over else { return }
        let rows = hosts[replicas[number].readers].rows.filter { $0.value != replicas[number].process }.keys
        let open = rows.map { OpenRevocation(id: $0, length: Self.length) }
        let wait = revocation.others.look(open, at: keeperNow(number))
        replicas[number].revocations[index] = revocation
        guard wait == .over else { return }
        for row in revocation.others.waitedOut { hosts[hosts.count - 1].rows[row] = nil }
        repeats += 1
        tell(number, index)
    }

    private mutating func tell(_ number: Int, _ index: Int) {
        for (subject, generation) in replicas[number].revocations[index].taken {
            answered[subject] = max(answered[subject] ?? 0, generation)
        }
        answers += 1
        replicas[number].revocations.remove(at: index)
    }

    /// What is settled leaves no row, in its own time.
    private mutating func sweep(_ number: Int) {
        guard isWritable(number), random.chance(0.3) else { return }
        for (ticket, row) in replicas[number].rows {
            let isOver = replicas[number].machine.wait(for: ticket, at: keeperNow(number)) == .over
            guard isOver || mistake == .forgetsTheRowAtOnce else { continue }
            hosts[hosts.count - 1].rows[row] = nil
            replicas[number].rows[ticket] = nil
        }
    }

    // MARK: What must hold

    private mutating func look() {
        for number in holders.indices where time >= holders[number].frozenUntil {
            for subject in Self.subjects {
                guard let generation = holders[number].machine.verdict(subject, at: holderNow(number)) else { continue }
                hits += 1
                guard generation <= answered[subject] ?? 0 else { continue }
                violations.append("holder \(number) lets \(subject) in, whose end was answered")
            }
        }
    }
}
