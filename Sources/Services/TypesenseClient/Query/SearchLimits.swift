// What a search may ask for and spend, as the topology says.

import Bus
import Contracts

package struct SearchLimits: Sendable, Equatable {
    /// Hits of a page, and of all pages together.
    package var hits = MaxHitsBounds.range.upperBound
    /// Documents that are counted, and held against each other; of more, the answer says that there are more.
    package var found = 2_000
    package var lexicon = Lexicon.Limits()
    /// How long a search waits for the position that it names.
    package var wait = Duration.seconds(2)

    package init() {}

    func check(_ request: SearchRequest) throws(Failure) {
        for (name, asked) in [("max_hits", request.maxHits), ("per_page", request.perPage)] {
            guard let asked, asked.value > hits else { continue }
            throw .invalid(name, "must be at most \(hits) here")
        }
    }
}
