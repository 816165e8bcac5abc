// A field of which something can be asked: one of the elements', or one that a producer declared.

package protocol QueryField: Sendable, Equatable {
    var name: String { get }
    /// It is compared by numbers, whatever it shows.
    var isNumber: Bool { get }
    /// `<`, `>` and ranges mean something.
    var isOrdered: Bool { get }
    /// What it holds, for people: `text`.
    var kind: String { get }
    /// What a value that is none is not: `integer`.
    var valueName: String { get }

    /// The number by which a value is compared; `nil` where it is none.
    func number(_ text: String) -> Int?
}
