// An operation that takes and answers a list may do so in JSON lines at the edge (`application/x-ndjson`, `application/jsonl`):
//
//     {"changes":[A,B],"atomic":true}  <──  ?atomic=true   A ⏎ B ⏎          a line an element; what else the input has is in the query
//     {"results":[C,D],"done":2}       ──>  C ⏎ D ⏎                         where Accept asks for it
//
// A line that is no JSON, or not what an element has to be, comes as a text that says why: the service decides whether the others are done.

/// The lists of an operation's input and output that may be JSON lines at the edge.
public struct LineMembers: Codable, Sendable, Hashable {
    /// The member of the input that is the list; its schema bounds how many lines there may be.
    public let input: String
    /// The member of the output whose elements are the lines of the answer.
    public let output: String

    /// Names of members as they are on the wire.
    public init(input: String, output: String) {
        self.input = input
        self.output = output
    }
}
