// How many were found, as far as they are counted: what very many documents have is not looked for to its end.

package struct FoundCount: Sendable, Equatable {
    package let found: Int
    /// More than that; nothing where all were counted.
    package let more: Bool?

    /// - Parameters:
    ///   - counted: So many at least.
    ///   - most: Where counting ends.
    init(_ counted: Int, atMost most: Int) {
        found = min(counted, most)
        more = counted > most ? true : nil
    }
}
