// What goes wrong, and when, drawn from a seed: acts that are played one after the other, each with what happens at once. What a misfortune is, and who
// carries it out, is the test's business.

/// Plans of misfortunes.
public enum Acts {
    /// Draws a plan: the same for the same seed and kinds.
    ///
    /// One misfortune an act in the first third, two at once in four of ten after it, and none in every fourth: what is noticed there was not a
    /// misfortune's doing. Every kind has its turn before one comes again.
    ///
    /// - Parameters:
    ///   - count: How many acts.
    ///   - kinds: What may happen.
    ///   - seed: Of the plan.
    ///   - befall: Makes a misfortune of a kind. Whom it befalls is drawn there; `beside` is what happens at once, which may rule somebody out.
    /// - Returns: The acts; an empty one is quiet. All are, where nothing may happen.
    public static func drawn<Kind, Misfortune>(
        _ count: Int,
        of kinds: [Kind],
        seed: UInt64,
        _ befall: (_ kind: Kind, _ beside: Misfortune?, _ dice: inout SeededGenerator) -> Misfortune
    ) -> [[Misfortune]] {
        guard !kinds.isEmpty else { return Array(repeating: [], count: max(0, count)) }
        var (dice, waiting) = (SeededGenerator(seed: seed), [Kind]())
        func next(beside other: Misfortune?) -> Misfortune {
            if waiting.isEmpty { waiting = kinds.shuffled(using: &dice) }
            return befall(waiting.removeLast(), other, &dice)
        }
        return (0..<max(0, count)).map { number in
            guard number % 4 != 3 else { return [] }
            let first = next(beside: nil)
            return number >= count / 3 && dice.happens(0.4) ? [first, next(beside: first)] : [first]
        }
    }
}
