// The two machines by themselves: bounds, numbers and times. What they do together is in `LeaseModelTests`.

import Leases
import Testing

@Suite struct LeaseMachineTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    private func keeper(holders: Int = 64, history: Int = 16) -> LeaseKeeper {
        let limits = LeaseKeeper.Limits(length: .seconds(1), holders: holders, history: history)
        return LeaseKeeper(term: "t", limits: limits, quietUntil: start)
    }

    private func holder(_ keeper: inout LeaseKeeper, limit: Int = 1 << 20) -> LeaseHolder<String, Int> {
        var holder = LeaseHolder<String, Int>(name: "h", limit: limit)
        exchange(&holder, &keeper, at: 0)
        return holder
    }

    private func exchange(_ holder: inout LeaseHolder<String, Int>, _ keeper: inout LeaseKeeper, at time: Int) {
        let question = holder.ask(at: at(time))
        let granted = keeper.receive(question.request, at: at(time))
        holder.take(keeper.answer(question.request, granted: granted), to: question)
    }

    private func standing(_ number: UInt64 = 0, on ground: String = "g", for milliseconds: Int = 60_000) -> Standing {
        Standing(term: "t", number: number, grounds: [ground], milliseconds: milliseconds)
    }

    @Test func `of a lease the holder uses nine tenths, counted from its question`() {
        var keeper = keeper()
        var holder = holder(&keeper)
        holder.keep(1, "k", standing(), asOf: holder.moment, sentAt: at(0), size: 1)
        #expect(holder.verdict("k", at: at(899)) == 1)
        #expect(holder.verdict("k", at: at(900)) == nil)
    }

    @Test func `a lease that ran out lives again with the next answer, without what was taken away meanwhile`() {
        var keeper = keeper()
        var holder = holder(&keeper)
        holder.keep(1, "k", standing(on: "a"), asOf: holder.moment, sentAt: at(0), size: 1)
        // Several: what has a ground's place in the holder's table by chance is asked for again.
        let others = ["b", "c", "d", "e"]
        for other in others {
            holder.keep(2, other, standing(on: other), asOf: holder.moment, sentAt: at(0), size: 1)
        }
        keeper.publish(keeper.begin(at: at(5_000)), ["a"], at: at(5_000))
        #expect(others.allSatisfy { holder.verdict($0, at: at(5_000)) == nil })
        exchange(&holder, &keeper, at: 5_001)
        #expect(holder.verdict("k", at: at(5_002)) == nil)
        #expect(others.contains { holder.verdict($0, at: at(5_002)) == 2 })
    }

    @Test func `a verdict ends by itself, whatever the lease`() {
        var keeper = keeper()
        var holder = holder(&keeper)
        holder.keep(1, "k", standing(for: 100), asOf: holder.moment, sentAt: at(0), size: 1)
        #expect(holder.verdict("k", at: at(99)) == 1)
        #expect(holder.verdict("k", at: at(100)) == nil)
    }

    @Test func `a verdict that was found before a revocation is dead when it comes after it`() {
        var keeper = keeper()
        var holder = holder(&keeper)
        keeper.publish(keeper.begin(at: at(1)), ["g"], at: at(1))
        exchange(&holder, &keeper, at: 2)
        holder.keep(1, "k", standing(0), asOf: holder.moment, sentAt: at(1), size: 1)
        #expect(holder.verdict("k", at: at(3)) == nil)
        holder.keep(2, "k", standing(1), asOf: holder.moment, sentAt: at(3), size: 1)
        #expect(holder.verdict("k", at: at(3)) == 2)
    }

    @Test func `verdicts of another life are not held, and those that are go with their life`() {
        var first = keeper()
        var holder = holder(&first)
        holder.keep(
            1,
            "k",
            Standing(term: "other", number: 9, grounds: ["g"], milliseconds: 100),
            asOf: holder.moment,
            sentAt: at(0),
            size: 1
        )
        #expect(holder.verdict("k", at: at(1)) == nil)
        holder.keep(1, "k", standing(), asOf: holder.moment, sentAt: at(0), size: 1)
        var second = LeaseKeeper(term: "u", limits: .init(length: .seconds(1)), quietUntil: start)
        exchange(&holder, &second, at: 2)
        #expect(holder.verdict("k", at: at(3)) == nil)
    }

    @Test func `what is held is bounded in bytes`() {
        var keeper = keeper()
        var holder = holder(&keeper, limit: 64 << 10)
        for number in 0..<10_000 {
            holder.keep(number, "\(number)", standing(), asOf: holder.moment, sentAt: at(0), size: 100)
        }
        #expect(holder.count * 260 <= 64 << 10)
        #expect(holder.verdict("9999", at: at(1)) == 9_999)
    }

    @Test func `holders and history of a keeper are bounded; who finds no room has no lease`() {
        var keeper = keeper(holders: 2, history: 4)
        let granted = (0..<3).map { keeper.receive(LeaseRequest(holder: "\($0)", term: nil, applied: 0), at: at(0)) }
        #expect(granted == [.seconds(1), .seconds(1), .zero])
        for number in 0..<100 { keeper.publish(keeper.begin(at: at(number)), ["\(number)"], at: at(number)) }
        let behind = LeaseRequest(holder: "0", term: "t", applied: 10)
        #expect(keeper.answer(behind, granted: .zero).forget == nil)
        let near = LeaseRequest(holder: "0", term: "t", applied: 98)
        #expect(keeper.answer(near, granted: .zero).forget == ["98", "99"])
        // Their leases are over: their places are free.
        #expect(keeper.receive(LeaseRequest(holder: "3", term: nil, applied: 0), at: at(2_000)) == .seconds(1))
        #expect(keeper.holderCount == 1)
    }

    @Test
    func `a holder that renews and does not apply is granted nothing beyond the revocation's time and one length`() {
        var keeper = keeper()
        _ = holder(&keeper)
        let ticket = keeper.begin(at: at(1))
        keeper.publish(ticket, ["g"], at: at(500))
        for time in stride(from: 500, to: 1_500, by: 100) {
            let granted = keeper.receive(LeaseRequest(holder: "h", term: "t", applied: 0), at: at(time))
            #expect(granted <= .milliseconds(1_500 - time))
            #expect(keeper.wait(for: ticket, at: at(time)) == .until(at(1_500)))
        }
        #expect(keeper.wait(for: ticket, at: at(1_500)) == .over)
        #expect(keeper.expelled == 1)
    }

    @Test func `a revocation waits for the last of those that have not applied it`() {
        var keeper = keeper()
        for (name, time) in [("a", 0), ("b", 300)] {
            _ = keeper.receive(LeaseRequest(holder: name, term: nil, applied: 0), at: at(time))
        }
        let ticket = keeper.begin(at: at(1))
        keeper.publish(ticket, ["g"], at: at(400))
        for time in [400, 1_000, 1_299] { #expect(keeper.wait(for: ticket, at: at(time)) == .until(at(1_300))) }
        #expect(keeper.wait(for: ticket, at: at(1_300)) == .over)
    }

    @Test func `one revocation that takes away too much takes away everything`() {
        var keeper = keeper()
        keeper.publish(keeper.begin(at: at(0)), (0..<257).map { "g\($0)" }, at: at(0))
        #expect(keeper.answer(LeaseRequest(holder: "h", term: "t", applied: 0), granted: .zero).forget == nil)
    }

    @Test func `numbers of another life, or of none, acknowledge nothing`() {
        var keeper = keeper()
        _ = holder(&keeper)
        let ticket = keeper.begin(at: at(1))
        keeper.publish(ticket, ["g"], at: at(1))
        _ = keeper.receive(LeaseRequest(holder: "h", term: "old", applied: 99), at: at(2))
        #expect(keeper.wait(for: ticket, at: at(2)) != .over)
        _ = keeper.receive(LeaseRequest(holder: "h", term: "t", applied: 1), at: at(3))
        #expect(keeper.wait(for: ticket, at: at(3)) == .over)
    }

    // MARK: Of a database that others share

    @Test func `a lease ends one length after the commit was begun that vouches for it`() {
        var keeper = LeaseKeeper(term: "t", limits: .init(length: .seconds(1)), connectedAt: start)
        let request = LeaseRequest(holder: "h", term: nil, applied: 0)
        #expect(keeper.receive(request, at: at(10)) == .zero)
        keeper.vouch(since: at(20), earlier: .zero, isComplete: true)
        #expect(keeper.receive(request, at: at(20)) == .seconds(1))
        #expect(keeper.receive(request, at: at(320)) == .milliseconds(700))
        #expect(keeper.receive(request, at: at(1_020)) == .zero)
        keeper.vouch(since: at(1_030), earlier: .zero, isComplete: false)
        #expect(keeper.receive(request, at: at(1_030)) == .zero)
    }

    @Test func `a life on another connection waits out the longest lease of all, from its beginning`() {
        var keeper = LeaseKeeper(term: "t", limits: .init(length: .seconds(1)), connectedAt: start)
        keeper.vouch(since: at(0), earlier: .zero, isComplete: true)
        let ticket = keeper.begin(at: at(50))
        keeper.renew(term: "u", at: at(100))
        #expect(keeper.isUnknown && keeper.wait(for: ticket, at: at(5_000)) == .until(nil))
        keeper.vouch(since: at(500), earlier: .milliseconds(900), isComplete: true)
        keeper.publish(ticket, ["g"], at: at(600))
        #expect(keeper.wait(for: ticket, at: at(1_099)) != .over)
        #expect(keeper.receive(LeaseRequest(holder: "h", term: nil, applied: 0), at: at(1_099)) == .zero)
        #expect(keeper.wait(for: ticket, at: at(1_101)) == .over)
    }

    @Test func `what is begun bounds leases, since others may have seen it`() {
        var keeper = keeper()
        _ = keeper.begin(at: at(0))
        #expect(keeper.receive(LeaseRequest(holder: "h", term: nil, applied: 0), at: at(400)) == .milliseconds(600))
    }

    @Test func `a verdict counts for each other keeper as of when it was asked for`() {
        var keepers = ["t", "u"].map {
            LeaseKeeper(term: $0, limits: .init(length: .seconds(1), keepers: 2), quietUntil: start)
        }
        var holder = LeaseHolder<String, Int>(name: "h", limit: 1 << 20, keepers: 2)
        func exchange(_ number: Int, at time: Int) {
            let question = holder.ask(number, at: at(time))
            let granted = keepers[number].receive(question.request, at: at(time))
            holder.take(keepers[number].answer(question.request, granted: granted), to: question)
        }
        exchange(0, at: 0)
        #expect(!holder.hasLease(at: at(0)))
        exchange(1, at: 0)
        let before = holder.moment
        keepers[1].publish(keepers[1].begin(at: at(1)), ["g"], at: at(1))
        exchange(1, at: 2)
        holder.keep(1, "k", standing(), asOf: before, sentAt: at(1), size: 1)
        #expect(holder.verdict("k", at: at(3)) == nil)
        holder.keep(1, "k", standing(), asOf: holder.moment, sentAt: at(1), size: 1)
        #expect(holder.verdict("k", at: at(3)) == 1)
    }
}
