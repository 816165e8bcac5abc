// The words that a lexicon is known to have, so that a word is written once and not with every document that has it.
//
// What is noted must be on disk: words of a transaction count when that is committed, and not where the lexicon was emptied meanwhile.

import Synchronization

final class KnownWords: Sendable {
    /// Words that wait for their transaction.
    struct Fresh: Sendable {
        fileprivate let words: Set<String>
        fileprivate let life: Int
    }

    private struct State {
        var words: Set<String> = []
        /// Grows when the lexicon is emptied.
        var life = 0
    }

    /// So many are remembered; then it begins anew.
    private static let most = 200_000

    private let state = Mutex(State())

    /// Writes what the lexicon may not have.
    func add(_ words: Set<String>, to lexicon: Lexicon) throws -> Fresh {
        let fresh = state.withLock { Fresh(words: words.subtracting($0.words), life: $0.life) }
        try lexicon.add(fresh.words)
        return fresh
    }

    /// Their transaction is on disk.
    func note(_ fresh: Fresh) {
        state.withLock { state in
            guard state.life == fresh.life else { return }
            if state.words.count + fresh.words.count > Self.most { state.words = [] }
            state.words.formUnion(fresh.words)
        }
    }

    /// The lexicon is being emptied.
    func forget() { state.withLock { $0 = State(life: $0.life + 1) } }
}
