// What lives on a loop beside its sockets, with a descriptor and a clock of its own: an HTTP daemon, say.
//
// The loop gives it a turn whenever its descriptor is readable, and when its time has come though the descriptor is silent. It is asked for
// that time before each wait. Everything happens on the loop's thread.

package protocol LoopGuest: AnyObject {
    /// Readable as long as there is something to do; the same for as long as it is a guest.
    var descriptor: Int32 { get }
    /// How long it can wait for a turn: 0 wants one at once, nil only when the descriptor says so.
    var millisecondsLeft: Int? { get }
    func takeTurn()
}

/// The guests of a loop, and when each has to have its turn.
struct Guests {
    private(set) var all: [any LoopGuest] = []
    private var due: [UInt64] = []

    mutating func add(_ guest: any LoopGuest) { all.append(guest) }
    mutating func remove(_ guest: any LoopGuest) { all.removeAll { $0 === guest } }

    var descriptors: [Int32] { all.map(\.descriptor) }

    /// Asks each how long it can wait: milliseconds for poll(2), at most `limit`; -1 is no limit.
    mutating func millisecondsToWait(atMost limit: Int) -> Int {
        let now = KernelClock.nanoseconds
        var least = limit
        due = all.map { guest in
            guard let left = guest.millisecondsLeft else { return .max }
            least = least < 0 ? left : min(least, left)
            return now + UInt64(clamping: left) * 1_000_000
        }
        return least
    }

    /// Those whose descriptor has called or whose time has come.
    func ready(_ called: [Int32]) -> [any LoopGuest] {
        guard !called.isEmpty || due.contains(where: { $0 != .max }) else { return [] }
        let now = KernelClock.nanoseconds
        return zip(all, due).filter { called.contains($0.descriptor) || $1 <= now }.map(\.0)
    }
}
