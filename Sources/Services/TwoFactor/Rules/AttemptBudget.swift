// How many guesses a factor allows: some at once, then one after each wait, and the waits grow up to a bound.
//
//     guess    1 2 3 4 5 | 6      7       8        …      n
//     before   - - - - - | 30 s   60 s    120 s    …      1 h
//
// A guess is charged before it is looked at, and only success gives the budget back. The waits end by themselves and never exceed the
// bound: a stranger's guessing (he has the password already) delays the owner but cannot lock him out for good. At a guess an hour, with
// six digits and three steps in the window, a year of it finds a code with a probability of 2.6 %.

package struct AttemptPolicy: Sendable, Equatable {
    /// Guesses before the first wait.
    package var free = 5
    /// Seconds.
    package var firstWait: Int64 = 30
    /// Seconds.
    package var longestWait: Int64 = 60 * 60

    package init() {}

    /// Seconds to wait after so many guesses in a row.
    func wait(after guesses: Int) -> Int64 {
        guard guesses >= free else { return 0 }
        return min(longestWait, firstWait << min(guesses - free, 20))
    }
}

package struct AttemptBudget: Sendable, Equatable {
    /// Guesses since the last success.
    package var guesses = 0
    /// Unix seconds from which the next is allowed.
    package var readyAt: Int64 = 0

    package init(guesses: Int = 0, readyAt: Int64 = 0) {
        self.guesses = guesses
        self.readyAt = readyAt
    }

    /// Charges one guess; false, and nothing charged, where the wait is not over. Store the budget either way.
    package mutating func claim(_ policy: AttemptPolicy, now: Int64) -> Bool {
        // A wait that is longer than its rule gives was written while the clock was ahead: it is shortened once, and then runs.
        readyAt = min(readyAt, now + policy.wait(after: guesses))
        guard readyAt <= now else { return false }
        guesses += 1
        readyAt = now + policy.wait(after: guesses)
        return true
    }

    /// Takes back a guess that turned out to be right for another factor.
    package mutating func refund(_ policy: AttemptPolicy) {
        guesses = max(0, guesses - 1)
        if guesses < policy.free { readyAt = 0 }
    }
}
