// Calls over one link: the caller's `LinkState` and `CallTable` against a service that dies, drains and comes back, over connections that are cut,
// refused, lose greetings and answer late, while the caller's wall clock jumps.
//
//     caller: LinkState · CallTable  ── hello, ping, request ──>   service
//                                    <── welcome, pong, reply ──
//
// What must hold: a call ends once, by its own answer, by its deadline and never before it, or with its link; a link is not taken for alive long after
// the service has gone silent; when the faults are over, calls are answered again.

import Simulation

@testable import Bus

struct CallWorld: World {
    enum Mistake: CaseIterable, Sendable {
        case looksAtTheSlotOnly, leavesAnsweredCalls, neverExpires, keepsTheCallsOfALostLink
        case neverTicks, neverGreetsAgain, neverOpensAgain
    }

    private enum Message {
        case hello, welcome, ping, pong, drain, closed
        case request(UInt64, serial: UInt64)
        case reply(UInt64, serial: UInt64)
    }

    private struct Call {
        let connection: Int
        let deadline: UInt64
    }

    private static let heartbeat = 200.0
    private static let liveness = 2_000.0

    private let mistake: Mistake?
    private var dice: SeededGenerator
    private let start = ContinuousClock.now
    /// True time in milliseconds, and by how much the wall clock is off.
    private var time = 0.0
    private var ahead = 0.0
    private var link: LinkState
    private var calls: CallTable<UInt64>
    /// Those that have not ended, by their serial numbers.
    private var open: [UInt64: Call] = [:]
    private var lastSerial: UInt64 = 0
    /// Which connection is the caller's present one.
    private var connection = 0
    private var reopenAt: Double? = 0
    private var nextTick = 0.0
    private var messages: [(message: Message, connection: Int, due: Double)] = []

    private var isFaulty = true
    private var isUp = true
    private var isCut = false
    private var backAt = 0.0
    /// Since when nothing can come from the service.
    private var silentSince: Double?
    /// Since when the link greets a service that is there.
    private var greetingSince: Double?

    private(set) var violations: [String] = []
    private(set) var happened: [String: Int] = [:]

    init(seed: UInt64, mistake: Mistake?) {
        (self.mistake, dice) = (mistake, SeededGenerator(seed: seed))
        link = LinkState(
            heartbeat: .milliseconds(Self.heartbeat),
            liveness: .milliseconds(Self.liveness),
            now: start
        )
        calls = CallTable(now: Deadline(microseconds: Self.wall(0)))
    }

    var digest: UInt64 { happened.values.reduce(time.bitPattern) { $0 &+ UInt64($1) &* 31 } &+ lastSerial }

    mutating func step() {
        time += dice.unit * 10
        deliver()
        if isFaulty { misfortune() }
        keepTheLink()
        expire()
        if dice.chance(0.5) { call() }
        look()
    }

    mutating func heal() {
        (isFaulty, isUp, isCut, silentSince) = (false, true, false, nil)
        let end = time + 12_000
        while time < end { step() }
        let answered = happened["a call is answered", default: 0]
        while time < end + 1_000 { step() }
        if happened["a call is answered", default: 0] == answered { violations.append("nothing is answered any more") }
    }

    // MARK: Clocks

    private var now: ContinuousClock.Instant { start + .milliseconds(time) }
    private var wall: UInt64 { Self.wall(time + ahead) }
    private static func wall(_ milliseconds: Double) -> UInt64 { 1_770_000_000_000_000 + UInt64(milliseconds * 1_000) }

    private mutating func note(_ name: String) { happened[name, default: 0] += 1 }

    // MARK: The caller

    private mutating func call() {
        guard link.phase == .ready else { return }
        lastSerial += 1
        let deadline = wall + UInt64(dice.unit * (dice.chance(0.1) ? 8_000_000 : 400_000))
        let id = calls.insert(lastSerial, deadline: Deadline(microseconds: deadline))
        open[lastSerial] = Call(connection: connection, deadline: deadline)
        send(.request(id, serial: lastSerial), isLossy: true)
    }

    private mutating func take(_ id: UInt64, _ serial: UInt64) {
        let number = mistake == .looksAtTheSlotOnly ? current(id) : id
        let found = mistake == .leavesAnsweredCalls ? calls[number] : calls.remove(number)
        guard let found else { return note("an answer is nobody's") }
        if found != serial { violations.append("call \(found) got the answer of \(serial)") }
        end(found, "is answered")
    }

    /// The number of whoever is in that slot now.
    private func current(_ id: UInt64) -> UInt64 {
        calls.all.first { $0.id & 0xFFFF_FFFF == id & 0xFFFF_FFFF }?.id ?? id
    }

    private mutating func expire() {
        guard mistake != .neverExpires else { return }
        for (_, serial) in calls.expire(now: Deadline(microseconds: wall)) {
            if let call = open[serial], call.deadline >= wall { violations.append("call \(serial) ended too early") }
            end(serial, "is too late")
        }
    }

    private mutating func end(_ serial: UInt64, _ how: String) {
        if open.removeValue(forKey: serial) == nil { violations.append("call \(serial) ended twice") }
        note("a call \(how)")
    }

    // MARK: The link

    private mutating func keepTheLink() {
        if let due = reopenAt, time >= due {
            reopenAt = nil
            connection += 1
            link.opened(at: now)
            connect()
        }
        guard time >= nextTick, mistake != .neverTicks else { return }
        nextTick = time + Self.heartbeat / 2
        let action = link.tick(at: now, jitter: dice.unit)
        if action != .sendHello || mistake != .neverGreetsAgain { perform(action) }
    }

    /// Nothing comes of it where the network is cut.
    private mutating func connect() {
        guard !isCut else { return }
        messages.append((isUp ? .pong : .closed, connection, time + dice.unit * 20))
    }

    private mutating func perform(_ action: LinkState.Action) {
        switch action {
        case .nothing: return
        case .open: reopenAt = time
        case .sendHello: send(.hello, isLossy: true)
        case .sendPing: send(.ping)
        case .discard(let delay):
            note("a link is lost")
            if delay < .milliseconds(10) || delay > .seconds(3) { violations.append("a back-off of \(delay)") }
            if mistake != .keepsTheCallsOfALostLink { loseCalls() }
            if mistake != .neverOpensAgain { reopenAt = time + delay / .milliseconds(1) }
            connection += 1
        }
    }

    private mutating func loseCalls() {
        for (id, serial) in calls.all where calls.remove(id) != nil { end(serial, "is lost with its link") }
    }

    // MARK: The wire

    private mutating func send(_ message: Message, isLossy: Bool = false) {
        guard !isCut, !(isFaulty && isLossy && dice.chance(0.05)) else { return }
        messages.append((message, connection, time + dice.unit * 20))
    }

    private mutating func deliver() {
        let due = messages.filter { $0.due <= time }.sorted { $0.due < $1.due }
        messages.removeAll { $0.due <= time }
        for (message, connection, _) in due where connection == self.connection && !isCut { receive(message) }
    }

    private mutating func receive(_ message: Message) {
        switch message {
        case .hello, .ping, .request:
            if isUp { serve(message) } else { messages.append((.closed, connection, time + dice.unit * 5)) }
        case .welcome:
            link.welcomed(at: now)
            note("a link is ready")
        case .pong: link.phase == .connecting ? perform(link.connected(at: now)) : link.heard(at: now)
        case .drain: link.serviceDrains()
        case .closed: perform(link.disconnected(jitter: dice.unit))
        case .reply(let id, let serial):
            link.heard(at: now)
            take(id, serial)
        }
    }

    private mutating func serve(_ message: Message) {
        switch message {
        case .hello: send(.welcome)
        case .ping: send(.pong)
        case .request(let id, let serial):
            // Some take so long that their caller has gone, and its slot is another's.
            let work = dice.chance(0.1) ? dice.unit * 1_500 : dice.unit * 30
            if !isCut { messages.append((.reply(id, serial: serial), connection, time + work)) }
        default: return
        }
    }

    // MARK: Misfortune

    private mutating func misfortune() {
        if !isUp, time >= backAt { (isUp, silentSince) = (true, isCut ? silentSince : nil) }
        if isUp, dice.chance(0.001) { die() }
        if dice.chance(isCut ? 0.003 : 0.001) { cut() }
        if dice.chance(0.001) {
            ahead = max(-time, ahead + (dice.unit - 0.5) * 20_000)
            note("the clock jumps")
        }
    }

    private mutating func die() {
        if dice.chance(0.3) { send(.drain) }
        // Of a host that is gone nobody says so.
        if dice.chance(0.7) { send(.closed) }
        (isUp, backAt) = (false, time + dice.unit * 4_000)
        silentSince = silentSince ?? time
        messages.removeAll { if case .reply = $0.message { true } else { false } }
        note("the service dies")
    }

    private mutating func cut() {
        isCut.toggle()
        if isCut {
            messages = []
            silentSince = silentSince ?? time
            note("the network is cut")
        } else if isUp {
            silentSince = nil
        }
    }

    // MARK: What must hold

    private mutating func look() {
        let late = open.first { $0.value.deadline + 40_000 < wall }
        if let late { violations.append("call \(late.key) was not ended") }
        if calls.count != open.count { violations.append("\(calls.count) calls are kept, \(open.count) are open") }
        if open.values.contains(where: { $0.connection != connection }) {
            violations.append("a call is open whose link is lost")
        }
        lookAtTheGreeting()
        // What was on its way may still have been heard.
        if let silentSince, link.phase == .ready, time - silentSince > Self.liveness + Self.heartbeat + 60 {
            violations.append("the link is taken for alive after \(time - silentSince) ms")
        }
    }
}

extension CallWorld {
    /// A greeting that is lost is said again.
    private mutating func lookAtTheGreeting() {
        guard link.phase == .greeting, isUp, !isCut else { return greetingSince = nil }
        let since = greetingSince ?? time
        greetingSince = since
        if time - since > 1_000 { violations.append("the link has been greeting for \(time - since) ms") }
    }
}

extension SeededGenerator {
    /// From 0 up to 1.
    var unit: Double { mutating get { Double(next() >> 11) / Double(1 << 53) } }

    mutating func chance(_ probability: Double) -> Bool { unit < probability }
}
