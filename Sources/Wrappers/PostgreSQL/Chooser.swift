// Which of several hosts to speak to: all are asked at once, and of those that take writes the one with the highest timeline is it. A primary that
// was cut off and has not noticed yet is of an older one.
//
// libpq's own list of hosts asks one after another, waits at least two seconds for a dead one, and takes the first that says it can write.

import Glibc
package import HostNames

package enum Chooser {
    /// Once one is open, so many rounds in which nothing came the others are waited for. Not so long a time: of a process that stood still all that came
    /// meanwhile has yet to be read, and what it would take is a primary that was replaced.
    private static let patience = (rounds: 15, each: Duration.milliseconds(20))
    /// So often it is asked for names that are being looked up.
    private static let glance = Duration.milliseconds(2)
    private static let standing = """
        SELECT CASE WHEN pg_is_in_recovery() THEN -1
        ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END
        """

    /// - Throws: `PostgreSQLError`: `lost` where none takes writes, with what each said.
    package static func connect(
        _ servers: [Server],
        until deadline: ContinuousClock.Instant,
        names: HostNames = .shared
    ) throws(PostgreSQLError) -> Connection {
        let openings = servers.map { Opening($0, names) }
        open(openings, until: deadline)
        var best: Connection?
        for opening in openings where opening.isOpen {
            // Of several none holds up the others; where there is one there is nothing to prefer to it.
            let end = openings.count > 1 ? min(deadline, .now + .seconds(1)) : deadline
            guard let connection = try? opening.take(), let timeline = timeline(connection, end) else { continue }
            connection.timeline = timeline
            if timeline > best?.timeline ?? -1 { best = connection }
        }
        if let best { return best }
        let refused = openings.first?.failure ?? PostgreSQLError(.lost, "no host is named")
        guard openings.count > 1 else { throw refused }
        let all = openings.map(\.failure.message).joined(separator: "; ")
        throw PostgreSQLError(.lost, "no host takes writes: \(all)")
    }

    private static func open(_ openings: [Opening], until deadline: ContinuousClock.Instant) {
        var waited = Duration.zero
        while waited < patience.each * patience.rounds {
            for opening in openings { opening.look() }
            let underWay = openings.filter(\.isUnderWay)
            let (looksUp, hasOne) = (openings.contains(where: \.looksUp), openings.contains(where: \.isOpen))
            let left = deadline - .now
            guard looksUp || !underWay.isEmpty, left > .zero else { return }
            let round = looksUp ? glance : hasOne ? patience.each : left
            let hasCome = wait(for: underWay, atMost: min(round, left))
            if hasOne, !hasCome { waited += round }
        }
    }

    /// Whether something has come, and was read.
    private static func wait(for openings: [Opening], atMost time: Duration) -> Bool {
        var waiting = openings.map(\.waiting)
        let milliseconds = Int32(clamping: Int64(time / .milliseconds(1)) + 1)
        guard unsafe poll(&waiting, nfds_t(waiting.count), milliseconds) > 0 else { return false }
        for (opening, entry) in zip(openings, waiting) where entry.revents != 0 { opening.step() }
        return true
    }

    /// Of one that takes writes.
    private static func timeline(_ connection: Connection, _ deadline: ContinuousClock.Instant) -> Int64? {
        guard let answer = try? connection.ask(standing, until: deadline) else { return nil }
        let timeline = answer.integer(0, 0)
        return timeline < 0 ? nil : timeline
    }
}
