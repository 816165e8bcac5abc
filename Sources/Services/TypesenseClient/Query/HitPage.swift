// Which of the hits are shown, and how many errors of typing a word may have: the same of the elements and of everybody else's documents.

import Bus
import Contracts

package struct HitPage: Sendable, Equatable {
    /// From 1.
    package let number: Int
    package let size: Int
    /// Of all pages together.
    private let most: Int

    init(_ request: SearchRequest) {
        number = request.page?.value ?? 1
        size = request.perPage?.value ?? request.maxHits?.value ?? MaxHits.standard
        most = request.maxHits?.value ?? .max
    }

    /// Hits that come before the page.
    package var offset: Int { (number - 1) * size }

    /// Hits of the page.
    package var limit: Int { max(0, min(size, most - offset)) }
}

extension SearchRequest {
    /// - Throws: `Failure` with `invalid_request` about `num_typos`.
    func errorsOfTyping() throws(Failure) -> Int {
        let typos = numTypos ?? 0
        guard (0...2).contains(typos) else { throw .invalid("num_typos", "must be 0, 1 or 2") }
        return typos
    }
}
