// The form of an element that reads as what it is: for those that nobody has typed as Fountain, but changed in Service A.
//
// `INT. HOUSE` as action is a scene heading to whoever reads it, so it is written `!INT. HOUSE`. What no marker helps (an empty text, a
// blank line within action) stays as it is.

enum Readable {
    /// As it is read again: with the marker that it needs, and with what is understood (`Title`, one `#`) said.
    static func form(of element: Element) -> Element {
        guard element.kind != .layout else { return element }
        if let read = readBack(element) { return read }
        var forced = element
        forced.isForced = true
        return element.kind.canBeForced ? readBack(forced) ?? element : element
    }

    /// What it is read as among others; nil where that is something else.
    private static func readBack(_ element: Element) -> Element? {
        let (above, below) = surroundings(of: element.kind)
        let text = above + Writer.lines(of: element) + below
        guard let elements = try? Screenplay(Array(text.utf8), limit: nil).elements else { return nil }
        let place = above.isEmpty ? 0 : 1
        let following = below.utf8.count > 1 ? 1 : 0
        guard elements.count == place + 1 + following, elements[place].kind == element.kind,
            elements[place].text.utf8.elementsEqual(element.text.utf8)
        else { return nil }
        var read = elements[place]
        read.before = element.before
        return read
    }

    private static func surroundings(of kind: Element.Kind) -> (above: String, below: String) {
        switch kind {
        case .titleEntry: ("", "\n")
        case .dialogue, .parenthetical: ("@X\n", "\n")
        case .character: ("x\n\n", "\ny\n")
        default: ("x\n\n", "\n\nx\n")
        }
    }
}

extension Element.Kind {
    fileprivate var canBeForced: Bool {
        switch self {
        case .sceneHeading, .action, .character, .transition: true
        default: false
        }
    }
}
