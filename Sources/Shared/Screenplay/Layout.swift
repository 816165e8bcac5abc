// What is usual between elements: who leaves it so need not say it.

package enum Layout {
    /// How many blank lines stand before an element behind another.
    ///
    /// - Parameters:
    ///   - kind: Of the element.
    ///   - previous: Of the element before; nil at the beginning.
    /// - Returns: Their number.
    package static func usualLines(before kind: Element.Kind, after previous: Element.Kind?) -> Int {
        guard let previous else { return 0 }
        switch kind {
        case .titleEntry, .layout: return 0
        // Nobody speaks them where no speech is: then at least they are no part of what stands before.
        case .parenthetical, .dialogue, .lyrics: return previous.isSpeech ? 0 : 1
        default: return 1
        }
    }

    static func usual(before kind: Element.Kind, after previous: Element.Kind?) -> String {
        String(repeating: "\n", count: usualLines(before: kind, after: previous))
    }
}

extension UInt8 {
    /// Within a line. A carriage return counts: lines of a file that mixes its line ends have one as their last byte.
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) && self != 0x0A }
    var isASCIILetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    /// Of something that is no ASCII; what it is, only its scalar says.
    var isWide: Bool { self >= 0x80 }
}

extension ArraySlice<UInt8> {
    var trimmed: ArraySlice<UInt8> { trimmedAtStart.trimmedAtEnd }
    var trimmedAtStart: ArraySlice<UInt8> { drop(while: \.isBlank) }
    var trimmedAtEnd: ArraySlice<UInt8> {
        guard let last = lastIndex(where: { !$0.isBlank }) else { return self[startIndex..<startIndex] }
        return self[startIndex...last]
    }
    var isBlank: Bool { allSatisfy(\.isBlank) }
    var text: String { String(decoding: self, as: UTF8.self) }

    func begins(with marker: String) -> Bool { starts(with: marker.utf8) }
    func ends(with marker: String) -> Bool { suffix(marker.utf8.count).elementsEqual(marker.utf8) }
}
