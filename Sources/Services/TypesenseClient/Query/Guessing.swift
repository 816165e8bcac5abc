// Errors of typing: forgiven where a question finds nothing as it is, first one a word, then two, as `num_typos` allows. So a question without
// errors costs what it always did, and what it finds does not change.

import Bus
package import Contracts

extension SearchEngine {
    /// What a question finds, and the question that found it.
    package func answer(_ query: SearchQuery, _ limits: Lexicon.Limits = Lexicon.Limits()) async throws -> (
        answer: SearchAnswer, query: SearchQuery
    ) {
        let exact = try await search(query)
        guard exact.found == 0, query.typos > 0 else { return (exact, query) }
        for errors in 1...query.typos {
            let guess = try await lexicon { try $0.guess(query.question, errors: errors, limits) }
            guard let guess else { break }
            let guessed = query.asking(guess)
            var answer = try await search(guessed)
            answer.typos = errors
            if answer.found > 0 { return (answer, guessed) }
        }
        return (exact, query)
    }
}
