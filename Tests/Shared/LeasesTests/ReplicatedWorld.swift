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
    static let freshness = 700.0
    static let subjects = (0..<4).map { "s\($0)" }
    static let replicas = 2

    /// What a host has. The last one takes writes.
    struct Database {
        var generations = Dictionary(uniqueKeysWithValues: subjects.map { ($0, 1) })
        var rows: [String: Int] = [:]
        var longest = Duration.zero
    }

    struct Asking {
        let question: Machine.Question
        let at: Double
    }

    enum Message {
        case request(LeaseRequest, life: Int, Asking)
        case answer(LeaseAnswer, life: Int, Asking)
        case ask(String, Asker)
        case verdict(Int, Standing, String, Asker)
    }

    struct Holder {
        var machine: Machine
        var life = 0
        let rate: Double
        let offset: Double
        var isCut: Set<Int> = []
        var frozenUntil = 0.0
        var askedAt = [Double](repeating: -1e9, count: replicas)
    }

    struct Parked {
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

    struct Revocation {
        enum Stage { case idle, begun, committed, published, repeated }
        let subject: String?
        var stage = Stage.idle
        var ticket: LeaseKeeper.Ticket = 0
        var row = ""
        var taken: [String: Int] = [:]
        var others = OthersRevocations()
    }

    struct Asker {
        let life: Int
        let sentAt: Instant
        let moment: Machine.Moment
        /// The last generation of each that had been said to be gone when it asked.
        let answered: [String: Int]
    }

    struct Asked {
        let subject: String
        let holder: Int
        let asker: Asker
        let cameAt: Double
        /// A commit has gone through that was begun after it came, or not long before.
        var isVouchedFor = false
        var found: (term: String, number: UInt64)?
    }

    struct Replica {
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

    let mistake: Mistake?
    var random: SplitMix
    let start = ContinuousClock.now
    /// True time, in milliseconds.
    var time = 0.0
    var lives = 0
    /// All faults have ended.
    var isCalm = false
    var hosts = [Database()]
    var replicas: [Replica] = []
    var holders: [Holder] = []
    var messages: [(message: Message, holder: Int, replica: Int, due: Double)] = []
    /// The last generation of each that was said to be gone.
    var answered = Dictionary(uniqueKeysWithValues: subjects.map { ($0, 0) })

    private(set) var violations: [String] = []
    private(set) var hits = 0
    var answers = 0
    var repeats = 0
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

    func keeper(_ term: String) -> LeaseKeeper {
        let limits = LeaseKeeper.Limits(
            length: Self.length,
            history: 2,
            keepers: mistake == .followsOneOnly ? 1 : Self.replicas
        )
        return LeaseKeeper(term: term, limits: limits, connectedAt: start)
    }

    func holder(_ name: String) -> Machine {
        Machine(name: name, limit: 1 << 20, keepers: mistake == .followsOneOnly ? 1 : Self.replicas)
    }

    var followed: Range<Int> { 0..<(mistake == .followsOneOnly ? 1 : Self.replicas) }

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

    func keeperNow(_ number: Int) -> Instant {
        start + .milliseconds(time * replicas[number].rate + Double(number) * 3e6)
    }

    func holderNow(_ number: Int) -> Instant {
        start + .milliseconds(time * holders[number].rate + holders[number].offset)
    }

    // MARK: Misfortune

    mutating func misfortune() {
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

    mutating func kill(holder number: Int) {
        lives += 1
        holders[number].machine = holder("h\(number).\(lives)")
        (holders[number].life, holders[number].askedAt) = (lives, [-1e9, -1e9])
    }

    /// What was in its hands is gone, answered or not; what was committed stays, with its row.
    mutating func kill(replica number: Int) {
        lives += 1
        var fresh = Replica(machine: keeper("t\(lives)"), rate: replicas[number].rate)
        (fresh.process, fresh.life, fresh.downUntil) = (lives, lives, time + random.unit * 500)
        replicas[number] = fresh
        connect(number)
    }

    /// Each replica notices in its own time. Some are left on the old host for long.
    mutating func moveDatabase() {
        failovers += 1
        hosts.append(hosts[hosts.count - 1])
        for number in replicas.indices {
            replicas[number].noticesAt = time + random.unit * (random.chance(0.5) ? 20 : 2_500)
        }
    }

    mutating func connect(_ number: Int) {
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

    mutating func send(_ message: Message, _ holder: Int, _ replica: Int) {
        guard !holders[holder].isCut.contains(replica), isCalm || !random.chance(0.05) else { return }
        for _ in 0..<(random.chance(0.1) ? 2 : 1) {
            let isLate = !isCalm && random.chance(0.1)
            messages.append((message, holder, replica, time + random.unit * (isLate ? 2_500 : 20)))
        }
    }

    mutating func deliver() {
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

    mutating func receive(_ message: Message, _ holder: Int, _ replica: Int) {
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

    mutating func follow(_ number: Int, _ replica: Int) {
        guard time - holders[number].askedAt[replica] >= 400 else { return }
        let question = holders[number].machine.ask(replica, at: holderNow(number))
        holders[number].askedAt[replica] = time
        let asking = Asking(question: question, at: time)
        send(.request(question.request, life: holders[number].life, asking), number, replica)
    }

    mutating func ask(_ number: Int) {
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

    // MARK: What must hold

    mutating func look() {
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
