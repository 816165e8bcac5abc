// What the rules ask of a store, inside one transaction. The rules stand once (`SequenceEditor`); this is implemented by tables in a
// database and by dictionaries in memory.

package import Bus
package import Contracts
package import Ordering

package protocol SequenceTables {
    associatedtype Places: PlaceTable

    /// The sequence of that name, if it has had elements since it was last emptied.
    func sequence(_ name: SequenceName) throws -> SequenceRow?
    func addSequence(_ name: SequenceName) throws -> SequenceRow
    /// Takes the name away: its elements are gone for everybody, and their rows are swept away later.
    func dropSequence(_ sequence: SequenceRow) throws
    /// The sequences after a name, with how many elements each has.
    func sequences(after name: SequenceName?, limit: Int) throws -> [SequenceRow]
    /// Notes the last change of a sequence.
    func touch(_ sequence: Int64, _ revision: UInt64) throws

    /// The places of a sequence's elements.
    func places(of sequence: Int64) -> Places

    func element(_ name: Neighbour, in sequence: SequenceRow) throws -> ElementRow?
    /// The same without its data, which is not read.
    func standing(_ name: Neighbour, in sequence: SequenceRow) throws -> StandingRow?
    /// Who stands at a place, without comment and data.
    func element(at place: Int64, in sequence: SequenceRow) throws -> Neighbour?
    /// Elements in their order from a place on.
    func elements(from place: Int64, limit: Int, in sequence: SequenceRow) throws -> [ElementRow]
    /// The same without their data, which is not read: for those of whom there may be thousands.
    func standing(from place: Int64, limit: Int, in sequence: SequenceRow) throws -> [StandingRow]
    /// The versions of an element behind one, oldest first.
    func versions(of row: StandingRow, after version: Int, limit: Int) throws -> [VersionPage.Version]

    /// Says that the rules will ask where an element stands, and for the last place of all.
    func prefetch(_ name: Neighbour, in sequence: SequenceRow) throws

    /// Adds the row and its version 1.
    func insert(_ row: ElementRow, _ now: Deadline) throws
    /// Writes the row's version as a new one, and its revision.
    func addVersion(_ row: ElementRow, _ now: Deadline) throws
    /// Writes the row's place, and the revisions that go with it. Places below zero are nobody's: for rows on their way.
    func put(_ row: StandingRow) throws
    func delete(_ row: StandingRow) throws

    /// Remembers for pages in progress where an element stood that is not there any more, and forgets what is too old.
    func leaveTrace(of row: StandingRow, _ now: Deadline) throws
    /// Where an element stood that was put there by a change.
    func trace(of name: Neighbour, placed: UInt64, in sequence: Int64) throws -> Int64?
    /// Moves what is remembered with the elements around it.
    func moveTraces(in sequence: Int64, with respacing: Respacing) throws

    /// Records an event; answers its offset, which `change` is given as the revision.
    func record(key: String, _ change: (UInt64) -> SequenceChange) throws -> UInt64
    /// Changes up to this one are what this transaction sees.
    func head() throws -> UInt64
    /// Which life of the log that counts in.
    func epoch() throws -> UInt64
}

extension SequenceTables {
    /// Nothing: for tables that are at hand.
    package func prefetch(_ name: Neighbour, in sequence: SequenceRow) throws {}

    func list(_ sequence: SequenceRow) -> OrderedList<Places> { OrderedList(places(of: sequence.id)) }
}
