// What a document's searchable fields are to an index: texts by the one rule. Making them is most of what a document costs before it is written,
// so they are made where a change is, beside the writing of what came before.

import Contracts

struct DocumentTexts: Sendable, Equatable {
    let comment: WordStream
    let elementType: WordStream
    let serviceName: WordStream

    init(_ document: SearchDocument) {
        func stream(_ field: DocumentField) -> WordStream { WordStream(field.text(of: document)) }
        (comment, elementType, serviceName) = (stream(.comment), stream(.elementType), stream(.serviceName))
    }

    var all: [(field: DocumentField, stream: WordStream)] {
        [(.elementType, elementType), (.comment, comment), (.serviceName, serviceName)]
    }

    func note(words: inout Set<String>) {
        for stream in [comment, elementType, serviceName] { stream.note(words: &words) }
    }
}

extension [IndexChange] {
    /// What their documents bring to the lexicon.
    var words: Set<String> {
        reduce(into: []) { words, change in change.texts?.note(words: &words) }
    }
}
