// What an ordered list is kept in: the places of its elements, and how many lie in each block. All ranges are half open.
//
// One value is one list. The rows of the elements belong to whoever keeps them: the list asks where they lie, counts them, and moves
// them when it has to make room.

package protocol PlaceTable {
    /// The smallest place in the range.
    func first(in range: Range<Int64>) throws -> Int64?
    /// The largest place in the range.
    func last(in range: Range<Int64>) throws -> Int64?
    /// The place that has `offset` others before it in the range.
    func place(at offset: Int, in range: Range<Int64>) throws -> Int64?
    /// How many lie in a range that is not wider than a block of level 0.
    func count(in range: Range<Int64>) throws -> Int
    /// All places in the range, in order.
    func places(in range: Range<Int64>) throws -> [Int64]
    /// Gives elements other places, one after the other: they come in an order in which no two ever meet.
    func move(_ moves: [Respacing.Move]) throws

    /// How many elements the blocks of a level hold together.
    func sum(level: Int, slots: Range<Int64>) throws -> Int
    /// The block of a level that holds the element with `offset` others before it in the range, and how many of those lie in blocks before.
    func block(holding offset: Int, level: Int, slots: Range<Int64>) throws -> (slot: Int64, before: Int)?
    /// Adds to a block's count; a block that holds nothing any more is forgotten.
    func add(_ count: Int, level: Int, slot: Int64) throws
}
