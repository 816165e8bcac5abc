// What a line may be by itself, as the Fountain syntax page has it; what stands around it, `Parser` adds. Pure, by bytes and scalars.

enum LineRules {
    private static let headings = ["INT", "EXT", "EST", "INT./EXT", "INT/EXT", "I/E"].map { Array($0.utf8) }

    /// Three or more equals signs, and nothing else.
    static func isPageBreak(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.trimmed
        return line.count >= 3 && line.allSatisfy { $0 == UInt8(ascii: "=") }
    }

    static func isSection(_ line: ArraySlice<UInt8>) -> Bool { line.trimmedAtStart.begins(with: "#") }

    static func isSynopsis(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.trimmedAtStart
        return line.begins(with: "=") && !line.begins(with: "==")
    }

    static func isCentered(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.trimmed
        return line.count >= 2 && line.begins(with: ">") && line.ends(with: "<")
    }

    /// A period and no second one: `...` begins a sentence.
    static func isForcedHeading(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.trimmedAtStart
        guard line.begins(with: "."), let next = line.dropFirst().first else { return false }
        return next.isASCIILetter || next.isASCIIDigit || next.isWide
    }

    static func isHeading(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.trimmedAtStart
        return headings.contains { heading in
            guard line.count > heading.count, line.prefix(heading.count).map(\.uppercased) == heading else {
                return false
            }
            let next = line[line.startIndex + heading.count]
            return next == UInt8(ascii: ".") || next.isBlank
        }
    }

    /// Upper case, and `TO:` at its very end: a blank behind the colon makes it action.
    static func isTransition(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.last == 0x0D ? line.dropLast() : line
        return line.ends(with: "TO:") && isUpperCase(line)
    }

    /// A name in upper case, with what may stand behind it in parentheses.
    static func isCue(_ line: ArraySlice<UInt8>) -> Bool { isUpperCase(Cue(line).name) }

    static func isParenthetical(_ line: ArraySlice<UInt8>) -> Bool {
        let line = line.trimmed
        return line.count >= 2 && line.begins(with: "(") && line.ends(with: ")")
    }

    /// What stands before the colon of a title page's entry.
    static func titleKey(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let first = line.first, !first.isBlank, let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            return nil
        }
        let key = line[..<colon].trimmedAtEnd
        guard !key.isEmpty, key.allSatisfy({ isOfKey($0) }) else { return nil }
        return key
    }

    /// A further line of the value above it.
    static func isTitleValue(_ line: ArraySlice<UInt8>) -> Bool {
        !line.isBlank && (line.begins(with: "\t") || line.begins(with: "   "))
    }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte.isWide || [0x20, 0x2D, 0x5F].contains(byte)
    }

    /// At least one letter that has a case, and none in lower case.
    private static func isUpperCase(_ line: ArraySlice<UInt8>) -> Bool {
        guard !line.contains(where: { (0x61...0x7A).contains($0) }) else { return false }
        guard line.contains(where: \.isWide) else { return line.contains(where: \.isASCIILetter) }
        let scalars = line.text.unicodeScalars
        return !scalars.contains { $0.properties.isLowercase } && scalars.contains { $0.properties.isUppercase }
    }
}

/// A character's line, taken apart: `@McCLANE (V.O.) ^`.
struct Cue {
    let isForced: Bool
    let name: ArraySlice<UInt8>
    let `extension`: ArraySlice<UInt8>?
    let isDual: Bool

    init(_ line: ArraySlice<UInt8>) {
        var rest = line.trimmed
        isForced = rest.begins(with: "@")
        if isForced { rest = rest.dropFirst().trimmedAtStart }
        isDual = rest.ends(with: "^")
        if isDual { rest = rest.dropLast().trimmedAtEnd }
        let opening = rest.ends(with: ")") ? rest.firstIndex(of: UInt8(ascii: "(")) : nil
        if let opening, !rest[..<opening].isBlank {
            name = rest[..<opening].trimmedAtEnd
            `extension` = rest[opening...]
        } else {
            (name, `extension`) = (rest, nil)
        }
    }
}

extension UInt8 {
    fileprivate var uppercased: UInt8 { (0x61...0x7A).contains(self) ? self - 0x20 : self }
}
