// The states of an enrolment. Nothing but `activate` makes a factor active, and it takes only the pending one that was confirmed.

extension Account {
    /// Puts a new authenticator beside the active one; an earlier pending one is forgotten. False where `isOvertaken`.
    mutating func begin(_ authenticator: Authenticator, replacing active: String?) -> Bool {
        guard !isOvertaken(active) else { return false }
        pending = authenticator
        return true
    }

    /// Makes the pending authenticator the active one; the step that confirmed it is used up. False where it is no longer pending, or `isOvertaken`.
    mutating func activate(_ id: String, step: Int64, recoveryHashes: Set<[UInt8]>, replacing active: String?) -> Bool {
        guard var confirmed = pending, confirmed.id == id, !isOvertaken(active) else { return false }
        confirmed.lastStep = step
        self.active = confirmed
        usedSteps = [step]
        pending = nil
        self.recoveryHashes = recoveryHashes
        challenges = [:]
        for isKnown in [false, true] { attempts[Lane(.authenticator, isKnown: isKnown)] = nil }
        return true
    }

    /// Whether the active one has changed since the caller was found fresh enough to replace it, or his session is of those that have to end: what he
    /// was judged by was read before, and perhaps on a host that has been replaced.
    private func isOvertaken(_ seen: String?) -> Bool { active?.id != seen || (active == nil && signOut != nil) }

    /// Forgets every factor, but not the ledgers. False where there was none.
    mutating func disable() -> Bool {
        guard active != nil else { return false }
        (active, pending, contact) = (nil, nil, nil)
        (recoveryHashes, knownSessions, usedSteps) = ([], [], [])
        challenges = [:]
        return true
    }
}
