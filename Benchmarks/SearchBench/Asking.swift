// Questions of the shapes that people ask most, each with words of its own.

import Bus
import Contracts
import Histories
import TypesenseClient

enum Shape: String, CaseIterable {
    /// One word, which one document in a hundred or a thousand has.
    case word
    /// One that every second or fifth has.
    case common
    /// A frequent one and another.
    case two
    /// What has been typed of a word: three letters, or one.
    case beginning, letter
    /// Two frequent ones, one behind the other.
    case phrase
    /// A word, in one kind of element.
    case filter
    /// Everything, in the order of its numbers.
    case sorted
    /// A word, counted by kinds.
    case facet
    /// A word with an error of typing.
    case typo
}

struct Asking {
    private let index: Index
    private let limits: SearchLimits
    private let play = Play()

    init(_ index: Index, _ limits: SearchLimits) { (self.index, self.limits) = (index, limits) }

    /// The first question does not count.
    func measure(_ shape: Shape, times: Int) async throws -> [String: Double] {
        let clock = ContinuousClock()
        var (random, taken, found) = (SeededGenerator(seed: 7), [Duration](), 0)
        for turn in 0...times {
            let query = try question(shape, &random)
            let began = clock.now
            let answer = try await index.engine.answer(query).answer
            guard turn > 0 else { continue }
            taken.append(began.duration(to: clock.now))
            found += answer.found
        }
        return quantiles(taken).merging(["found": Double(found) / Double(times)]) { $1 }
    }

    private func question(_ shape: Shape, _ random: inout SeededGenerator) throws -> SearchQuery {
        let (word, frequent) = (play.words[.random(in: 50..<500, using: &random)], play.words[.random(in: 0..<20, using: &random)])
        return switch shape {
        case .word: try query(word)
        case .common: try query(play.words[.random(in: 0..<3, using: &random)])
        case .two: try query("\(frequent) \(word)")
        case .beginning: try query(String(word.prefix(3)), prefix: true)
        case .letter: try query(String(word.prefix(1)), prefix: true)
        case .phrase: try query("\"\(frequent) \(play.words[.random(in: 0..<20, using: &random)])\"")
        case .filter: try query(word, filter: "element_type:=action")
        case .sorted: try query("*", sort: "sequence_number:asc")
        case .facet: try query(word, facet: "element_type")
        case .typo: try query(misspelt(word), typos: 1)
        }
    }

    /// Two neighbours change places, behind the first letter.
    private func misspelt(_ word: String) -> String {
        var letters = Array(word)
        letters.swapAt(2, 3)
        return String(letters)
    }

    private func query(
        _ words: String,
        filter: String? = nil,
        sort: String? = nil,
        facet: String? = nil,
        prefix: Bool = false,
        typos: Int? = nil
    ) throws -> SearchQuery {
        guard let text = SearchText(words), let fields = SearchText("comment") else {
            throw SearchBench.Problem(description: "no question")
        }
        return try SearchQuery(
            SearchRequest(
                query: text,
                queryBy: fields,
                filterBy: filter.flatMap(SearchText.init),
                sortBy: sort.flatMap(SearchText.init),
                maxHits: nil,
                page: nil,
                perPage: nil,
                facetBy: facet.flatMap(SearchText.init),
                highlightFields: nil,
                prefix: prefix,
                numTypos: typos
            ),
            limits
        )
    }
}
