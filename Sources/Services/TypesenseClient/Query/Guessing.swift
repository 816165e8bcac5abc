// Errors of typing: forgiven where a question finds nothing as it is, first one a word, then two, as `num_typos` allows. So a question without
// errors costs what it always did, and what it finds does not change. The same for the elements and for everybody else's documents.

import Bus
package import Contracts

/// What is asked, and may be asked with other words.
protocol ForgivingQuery {
    var question: Question { get }
    /// Errors that a word may have.
    var typos: Int { get }

    func asking(_ guess: Question) -> Self
}

protocol CountedAnswer {
    var found: Int { get }
}

extension SearchQuery: ForgivingQuery {}
extension ProducerQuery: ForgivingQuery {}
extension SearchAnswer: CountedAnswer {}
extension ProducerFound: CountedAnswer {}

extension ForgivingQuery {
    /// What it finds, what was asked to find that, and how many errors a word has in it. `guess` forgives so many, as `Lexicon.guess` does.
    func answered<Answer: CountedAnswer>(
        by search: (Self) async throws -> Answer,
        guess: (Question, Int) async throws -> Question?
    ) async throws -> (answer: Answer, query: Self, typos: Int?) {
        let exact = try await search(self)
        guard exact.found == 0, typos > 0 else { return (exact, self, nil) }
        for errors in 1...typos {
            guard let guess = try await guess(question, errors) else { break }
            let query = asking(guess)
            let found = try await search(query)
            if found.found > 0 { return (found, query, errors) }
        }
        return (exact, self, nil)
    }
}

extension SearchEngine {
    /// What a question finds, and the question that found it.
    package func answer(_ query: SearchQuery, _ limits: Lexicon.Limits = Lexicon.Limits()) async throws -> (
        answer: SearchAnswer, query: SearchQuery
    ) {
        var (answer, asked, typos) = try await query.answered(by: search) { question, errors in
            try await lexicon { try $0.guess(question, errors: errors, limits) }
        }
        answer.typos = typos
        return (answer, asked)
    }
}
