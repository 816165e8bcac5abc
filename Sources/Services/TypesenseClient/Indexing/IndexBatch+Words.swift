// The words that documents bring to the lexicon.

import Contracts

extension [SearchDocument] {
    var words: Set<String> {
        reduce(into: []) { words, document in
            for field in DocumentField.allCases where field.isSearchable {
                words.formUnion(WordStream(field.text(of: document)).words)
            }
        }
    }
}

extension IndexBatch {
    var words: Set<String> { changes.compactMap(\.document).words }
}
