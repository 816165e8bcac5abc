// What the lines of an element say, once its kind is known: markers off, parts told apart. `Writer` is the way back.

enum Reading {
    static func element(
        _ kind: Element.Kind,
        _ isForced: Bool,
        _ lines: ArraySlice<Line>,
        _ typed: ArraySlice<UInt8>
    ) -> Element {
        var element = Element(kind, "")
        element.isForced = isForced
        guard let first = lines.first else { return element }
        switch kind {
        case .layout, .pageBreak: break
        case .titleEntry: titleEntry(lines, &element)
        case .section: section(first.said, &element)
        case .synopsis: element.text = first.said.trimmed.dropFirst().trimmed.text
        case .sceneHeading: heading(first, isForced, &element)
        case .transition: element.text = first.said.trimmed.dropFirst(isForced ? 1 : 0).trimmed.text
        case .character: cue(first.visible, &element)
        case .action: action(lines, isForced, &element)
        case .centered: element.text = joined(lines, inner)
        case .dialogue: element.text = joined(lines, \.said.trimmed)
        case .lyrics: element.text = joined(lines) { $0.said.trimmed.dropFirst().trimmed }
        case .parenthetical: element.text = inner(first).text
        case .note: element.text = first.said.trimmed.dropFirst(2).dropLast(2).text
        case .boneyard: element.text = typed.trimmed.dropFirst(2).dropLast(2).text
        }
        return element
    }

    private static func joined(_ lines: ArraySlice<Line>, _ inner: (Line) -> ArraySlice<UInt8>) -> String {
        lines.map { inner($0).text }.joined(separator: "\n")
    }

    /// Without a marker of one byte at each end. The last one is the last that is visible: a note may stand behind it; it stays in the text.
    private static func inner(_ line: Line) -> ArraySlice<UInt8> {
        let said = line.said.trimmedAtEnd
        let behind = said.suffix(line.noteBytesAtEnd)
        return (said.dropLast(behind.count + 1).trimmedAtStart.dropFirst() + behind).trimmed
    }

    private static func titleEntry(_ lines: ArraySlice<Line>, _ element: inout Element) {
        let first = lines[lines.startIndex].said
        let colon = first.firstIndex(of: UInt8(ascii: ":")) ?? first.endIndex
        element.key = first[..<colon].trimmed.text
        let value = first[colon...].dropFirst().trimmed
        let further = lines.dropFirst().map { $0.said.trimmed.text }
        element.text = ((value.isEmpty && !further.isEmpty ? [] : [value.text]) + further).joined(separator: "\n")
    }

    private static func section(_ line: ArraySlice<UInt8>, _ element: inout Element) {
        let line = line.trimmed
        let text = line.drop { $0 == UInt8(ascii: "#") }
        element.level = min(line.count - text.count, Element.levels.upperBound)
        element.text = text.trimmed.text
    }

    private static func heading(_ line: Line, _ isForced: Bool, _ element: inout Element) {
        let said = line.said.trimmed.dropFirst(isForced ? 1 : 0)
        guard let number = sceneNumber(line.visible.trimmed) else {
            element.text = said.trimmed.text
            return
        }
        element.number = number.dropFirst().dropLast().text
        // A note may stand behind the number; it stays in the text.
        element.text = without(number, said).trimmed.text
    }

    /// `#12A#` at the end of a heading.
    private static func sceneNumber(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.ends(with: "#"), let opening = line.dropLast().lastIndex(of: UInt8(ascii: "#")) else { return nil }
        let number = line[opening...]
        let digits = number.dropFirst().dropLast()
        let isNumber = digits.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x2E }
        return digits.isEmpty || !isNumber ? nil : number
    }

    private static func without(_ part: ArraySlice<UInt8>, _ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard !line.ends(with: part.text) else { return line.dropLast(part.count) }
        // From the end, since a place may be called `#1#` as well.
        var at = line.endIndex - part.count
        while at >= line.startIndex {
            if line[at...].starts(with: part) { return (line[..<at] + line[(at + part.count)...])[...] }
            at -= 1
        }
        return line
    }

    private static func cue(_ line: ArraySlice<UInt8>, _ element: inout Element) {
        let cue = Cue(line)
        element.text = cue.name.text
        element.extension = cue.extension?.text
        element.isDual = cue.isDual
    }

    private static func action(_ lines: ArraySlice<Line>, _ isForced: Bool, _ element: inout Element) {
        let first = lines[lines.startIndex].said.dropFirst(isForced ? 1 : 0)
        let texts = [first] + lines.dropFirst().map(\.said)
        element.text = texts.map { $0.trimmedAtEnd.text }.joined(separator: "\n")
    }
}
