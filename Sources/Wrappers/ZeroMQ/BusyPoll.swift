// Whether a loop looks again and again for what comes next, or lets the kernel wake it.
//
// Being woken costs tens of microseconds, on virtual machines more: most of what a lonely call takes. Looking for what comes late costs a
// processor. So a loop looks for a while in the middle of a conversation: where its waits of late were short, and so was its work, of which
// being woken would be a large part. Else it sleeps at once. The same bargain as an adaptive mutex, and as the kernel's own
// net.core.busy_read (ADR 0014).
//
// Pure: the clock is passed in. Times are in nanoseconds.

struct BusyPoll {
    /// How long a loop looks before it sleeps; 0 is never.
    let limit: UInt64
    /// What a wait took of late: a moving average, in which one long wait weighs no more than `longest`.
    private var expected: UInt64
    private var lastEnd: UInt64 = 0

    private var longest: UInt64 { limit * 8 }

    /// Begins asleep: short waits have to be seen first.
    init(limit: UInt64) {
        self.limit = limit
        expected = limit * 8
    }

    /// Whether to look, at the beginning of a wait.
    func isWorthwhile(at now: UInt64) -> Bool { expected < limit && now - lastEnd < limit / 2 }

    /// Whether to look again. Not where the last look and yield took long: then somebody else needs the processor.
    func goesOn(from began: UInt64, last: UInt64, now: UInt64) -> Bool {
        now - began < limit && now - last < limit / 4
    }

    mutating func waited(from began: UInt64, until end: UInt64) {
        expected = (expected * 7 + min(end - began, longest)) / 8
        lastEnd = end
    }
}
