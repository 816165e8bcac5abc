// Lines into elements, in one pass.
//
//   title page ──> line by line: blank? annotation? a marker that holds anywhere? one that needs a blank line before? speech? action
//
// Lines that belong together are gathered in `open`: a paragraph of action, a speech, lyrics, centred text. An element's bytes are all that
// lies between its first and its last line, and the blank lines before it are all that lies between it and the element before: so
// nothing is lost, whatever the rules say.

struct Parser {
    struct Found {
        let element: Element
        let line: Int
        /// As typed, without the blank lines above it.
        let bytes: Int
    }

    private struct Open {
        let kind: Element.Kind
        let isForced: Bool
        let first: Int
        var last: Int
    }

    private let text: [UInt8]
    private let lines: [Line]
    /// Of each line, whether it says something, or is a pause before one that does.
    private let goesOn: [Bool]

    private(set) var found: [Found] = []
    private var open: Open?
    /// Where the line behind the last element begins.
    private var cursor = 0
    private var isAfterBlank = true
    private var isInSpeech = false

    init(_ text: [UInt8]) {
        self.text = text
        lines = Line.all(of: text)
        goesOn = Self.goingOn(lines)
    }

    /// Reads all; `found` has it then.
    ///
    /// - Returns: What stands behind the last element.
    mutating func run() -> String {
        for index in titlePage()..<lines.count { take(index) }
        close()
        let end = found.isEmpty ? 0 : min(cursor - 1, text.count)
        return text[end...].text
    }

    private static func goingOn(_ lines: [Line]) -> [Bool] {
        var going = [Bool](repeating: false, count: lines.count + 1)
        for index in lines.indices.reversed() {
            going[index] = lines[index].isPause ? going[index + 1] : !isBreak(lines[index])
        }
        return going
    }

    /// Whether a line parts what is above it from what is below.
    private static func isBreak(_ line: Line) -> Bool { line.isBlank || line.isBoneyard }

    private func isBreak(at index: Int) -> Bool { index >= lines.count || Self.isBreak(lines[index]) }
}

// MARK: - The title page

extension Parser {
    /// Reads it, where there is one.
    ///
    /// - Returns: The first line of the play.
    private mutating func titlePage() -> Int {
        guard let first = lines.first, let key = LineRules.titleKey(first.said) else { return 0 }
        let value = first.said.dropFirst(key.count).trimmedAtStart.dropFirst()
        // `FADE IN:` above a blank line is none.
        guard !value.isBlank || (lines.count > 1 && LineRules.isTitleValue(lines[1].said)) else { return 0 }
        for (index, line) in lines.enumerated() {
            if LineRules.titleKey(line.said) != nil {
                begin(.titleEntry, at: index)
            } else if LineRules.isTitleValue(line.said) {
                open?.last = index
            } else {
                close()
                return index
            }
        }
        close()
        return lines.count
    }
}

// MARK: - The play

extension Parser {
    private mutating func take(_ index: Int) {
        let line = lines[index]
        guard !line.isBlank else { return takeBlank(index) }
        guard !line.isBoneyard else {
            begin(.boneyard, at: index)
            close()
            return part()
        }
        let (kind, isForced) = kind(of: line, at: index)
        if let open, open.kind == kind, !isForced, kind.isGathered {
            self.open?.last = index
        } else {
            begin(kind, isForced: isForced, at: index)
        }
        isAfterBlank = false
        isInSpeech = kind == .character || isInSpeech && kind.isSpeech
    }

    private mutating func takeBlank(_ index: Int) {
        guard isInSpeech, lines[index].isPause, goesOn[index] else {
            close()
            return part()
        }
        if open?.kind == .dialogue { open?.last = index } else { begin(.dialogue, at: index) }
    }

    private mutating func part() {
        isAfterBlank = true
        isInSpeech = false
    }

    private func kind(of line: Line, at index: Int) -> (Element.Kind, isForced: Bool) {
        if line.isNote { return (noteKind, false) }
        // What a note begins is text: a marker stands at the beginning of a line, or is none.
        let isMarked = !line.hasNote || !line.said.trimmedAtStart.begins(with: "[[")
        if isMarked, let kind = anywhere(line.visible) { return kind }
        if isMarked, isAfterBlank, let kind = afterBlank(line.visible, isBreak(at: index + 1)) { return kind }
        guard isInSpeech else { return (.action, false) }
        return (isMarked && LineRules.isParenthetical(line.visible) ? .parenthetical : .dialogue, false)
    }

    /// A note within a speech or a paragraph is part of it.
    private var noteKind: Element.Kind {
        if isInSpeech { return .dialogue }
        return open?.kind == .action ? .action : .note
    }

    private func anywhere(_ line: ArraySlice<UInt8>) -> (Element.Kind, isForced: Bool)? {
        if LineRules.isPageBreak(line) { return (.pageBreak, false) }
        if LineRules.isSection(line) { return (.section, false) }
        if LineRules.isSynopsis(line) { return (.synopsis, false) }
        // Blanks before action are part of it, so its marker is the very first.
        if line.begins(with: "!") { return (.action, true) }
        if line.trimmedAtStart.begins(with: "~") { return (.lyrics, false) }
        return LineRules.isCentered(line) ? (.centered, false) : nil
    }

    private func afterBlank(_ line: ArraySlice<UInt8>, _ isBeforeBlank: Bool) -> (Element.Kind, isForced: Bool)? {
        if LineRules.isForcedHeading(line) { return (.sceneHeading, true) }
        let start = line.trimmed
        if start.begins(with: "@"), start.count > 1 { return (.character, true) }
        if start.begins(with: ">") { return (.transition, true) }
        guard isBeforeBlank else { return LineRules.isCue(line) ? (.character, false) : nil }
        if LineRules.isHeading(line) { return (.sceneHeading, false) }
        return LineRules.isTransition(line) ? (.transition, false) : nil
    }
}

// MARK: - Gathering

extension Parser {
    private mutating func begin(_ kind: Element.Kind, isForced: Bool = false, at index: Int) {
        close()
        open = Open(kind: kind, isForced: isForced, first: index, last: index)
    }

    private mutating func close() {
        guard let open else { return }
        self.open = nil
        let range = lines[open.first].range.lowerBound..<lines[open.last].range.upperBound
        let typed = text[range]
        var element = Reading.element(open.kind, open.isForced, lines[open.first...open.last], typed)
        let before = text[cursor..<range.lowerBound].text
        let usual = Layout.usual(before: element.kind, after: found.last?.element.kind)
        element.before = before.utf8.elementsEqual(usual.utf8) ? nil : before
        element.source = typed.elementsEqual(Writer.lines(of: element).utf8) ? nil : typed.text
        found.append(Found(element: element, line: lines[open.first].number, bytes: range.count))
        cursor = range.upperBound + 1
    }
}

extension Element.Kind {
    /// Whether lines of it that follow each other are one element.
    fileprivate var isGathered: Bool {
        switch self {
        case .action, .dialogue, .lyrics, .centered: true
        default: false
        }
    }
}
