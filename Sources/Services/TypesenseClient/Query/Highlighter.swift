// Shows where in a text a question was answered: by the same rule that found it, so the engines need not be asked.

import Contracts

package struct Highlighter {
    private let question: Question
    private let fields: [DocumentField]

    package init(query: SearchQuery) { (question, fields) = (query.question, query.highlights) }

    /// Of texts that are given to it.
    init(_ question: Question) { (self.question, fields) = (question, []) }

    func highlights(of hits: [SearchDocument]) -> [SearchHighlight] {
        hits.flatMap { hit in
            fields.map { field in
                SearchHighlight(id: hit.id, field: field.rawValue, value: marked(field.text(of: hit)))
            }
        }
    }

    /// The same; `nil` where nothing of it was asked for.
    func found(in text: String) -> String? {
        let html = marked(text)
        return html.contains("<mark>") ? html : nil
    }

    /// The text as HTML, with `<mark>` around what was asked for.
    package func marked(_ text: String) -> String {
        let stream = WordStream(text)
        let found = (stream.inOrder + stream.besides).filter { question.matches($0.text) }
        var isMarked = [Bool](repeating: false, count: text.unicodeScalars.count)
        for place in found.flatMap(\.range) {
            for origin in stream.source.origin(of: place) { isMarked[origin] = true }
        }
        var html = ""
        var isOpen = false
        for (scalar, isInside) in zip(text.unicodeScalars, isMarked) {
            if isInside != isOpen { html += isInside ? "<mark>" : "</mark>" }
            isOpen = isInside
            html += Self.escaped(scalar)
        }
        return isOpen ? html + "</mark>" : html
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        default: String(scalar)
        }
    }
}

extension DocumentField {
    /// What a document holds in it.
    func text(of document: SearchDocument) -> String {
        switch self {
        case .id: document.id
        case .elementType: document.elementType.rawValue
        case .elementID: String(document.elementId.value)
        case .sequenceNumber: String(document.sequenceNumber)
        case .versionNumber: String(document.versionNumber)
        case .comment: document.comment.text
        case .serviceName: document.serviceName
        case .sequenceName: document.sequenceName.text
        }
    }
}
