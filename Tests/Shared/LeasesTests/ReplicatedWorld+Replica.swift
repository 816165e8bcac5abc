// What a replica of `ReplicatedWorld` does in a step: it gives leases, answers questions, and takes away, each in its own time.

import Leases
import Simulation

extension ReplicatedWorld {
    // MARK: A replica

    func isWritable(_ number: Int) -> Bool { replicas[number].host == hosts.count - 1 }

    mutating func work(_ number: Int) {
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
    mutating func lease(_ number: Int, _ index: Int) {
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
    mutating func judge(_ number: Int, _ index: Int) {
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

    mutating func advance(_ number: Int, _ index: Int) {
        switch replicas[number].revocations[index].stage {
        case .idle: begin(number, index)
        case .begun: commit(number, index)
        case .committed: publish(number, index)
        case .published: finish(number, index)
        case .repeated: finishRepeat(number, index)
        }
    }

    /// Some find, in a transaction, that another one was first, here or elsewhere: they change nothing.
    mutating func begin(_ number: Int, _ index: Int) {
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

    mutating func beginTicket(_ number: Int, _ index: Int) {
        let ticket = replicas[number].machine.begin(at: keeperNow(number))
        replicas[number].revocations[index].ticket = ticket
    }

    /// With its row. Its answer is yet to come.
    mutating func commit(_ number: Int, _ index: Int) {
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

    mutating func publish(_ number: Int, _ index: Int) {
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

    mutating func finish(_ number: Int, _ index: Int) {
        let ticket = replicas[number].revocations[index].ticket
        let isOver = replicas[number].machine.wait(for: ticket, at: keeperNow(number)) == .over
        guard isOver || mistake == .answersWithoutWaiting else { return }
        tell(number, index)
    }

    mutating func finishRepeat(_ number: Int, _ index: Int) {
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

    mutating func tell(_ number: Int, _ index: Int) {
        for (subject, generation) in replicas[number].revocations[index].taken {
            answered[subject] = max(answered[subject] ?? 0, generation)
        }
        answers += 1
        replicas[number].revocations.remove(at: index)
    }

    /// What is settled leaves no row, in its own time.
    mutating func sweep(_ number: Int) {
        guard isWritable(number), random.chance(0.3) else { return }
        for (ticket, row) in replicas[number].rows {
            let isOver = replicas[number].machine.wait(for: ticket, at: keeperNow(number)) == .over
            guard isOver || mistake == .forgetsTheRowAtOnce else { continue }
            hosts[hosts.count - 1].rows[row] = nil
            replicas[number].rows[ticket] = nil
        }
    }
}
