// The writes of one transaction, in their order: which have run, which are still to wait, and what came of it.

struct WriteBatch {
    struct Outcome {
        var reachedDisk: Bool
        var succeeded: Int
        var failed: Int
    }

    private let jobs: [any QueuedWrite]
    private var budget: BatchBudget
    private var running: [any QueuedWrite] = []
    /// So many of `jobs` have had their turn.
    private var seen = 0
    private var succeeded = 0
    /// When the last of them had run: what follows is the commit.
    private var ended = ContinuousClock.now

    init(_ jobs: [any QueuedWrite], _ limits: StoreLimits) {
        self.jobs = jobs
        budget = BatchBudget(limits, from: .now)
    }

    /// What the commit has to wait for: all of it where one write wants that.
    var durability: Durability { jobs.contains { $0.durability == .onDisk } ? .onDisk : .eventual }

    var hadLong: Bool { jobs[..<seen].contains(where: \.isLong) }
    var hadShort: Int { jobs[..<seen].count { !$0.isLong } }

    /// Runs one after another, each only if somebody still waits for it, until the budget is used up or a long one comes, for
    /// which those before it do not wait. Where the transaction has to be done again, those that have begun are run again, and no others.
    mutating func run(in writer: any WriterConnection) throws {
        defer { ended = .now }
        guard running.isEmpty else { return try runAgain(in: writer) }
        while seen < jobs.count, budget.admits(at: .now, isFirst: running.isEmpty) {
            let job = jobs[seen]
            guard !job.isLong || running.isEmpty else { return }
            seen += 1
            guard job.begin() else { continue }
            running.append(job)
            if job.run(in: writer) { succeeded += 1 }
            // An engine ends the whole transaction by itself on some errors (disk full, I/O): then nobody has written anything.
            guard writer.isInTransaction else { throw StoreError(.brokenOff, "the transaction was broken off") }
        }
    }

    private mutating func runAgain(in writer: any WriterConnection) throws {
        succeeded = 0
        for job in running {
            if job.run(in: writer) { succeeded += 1 }
            guard writer.isInTransaction else { throw StoreError(.brokenOff, "the transaction was broken off") }
        }
    }

    /// What came of it; whoever has an answer finds it counted already.
    func outcome(_ lost: (any Error)?) -> Outcome {
        if seen == 0, lost != nil { return Outcome(reachedDisk: false, succeeded: 0, failed: jobs.count) }
        let stand = lost == nil ? succeeded : 0
        return Outcome(reachedDisk: lost == nil && !running.isEmpty, succeeded: stand, failed: seen - stand)
    }

    /// Those for which there was no time: they come first in the next batch. None where the transaction was lost before the turn of the first.
    func waiting(_ lost: (any Error)?) -> ArraySlice<any QueuedWrite> { seen == 0 && lost != nil ? [] : jobs[seen...] }

    /// Answers all that had their turn; where the transaction was lost before that of the first, all that there are.
    func settle(_ lost: (any Error)?) {
        let disk = ended.duration(to: .now)
        running.forEach { $0.settle(lost, disk: disk) }
        if seen == 0, let lost { jobs.forEach { $0.refuse(lost) } }
    }
}
