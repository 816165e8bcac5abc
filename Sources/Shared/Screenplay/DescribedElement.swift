// An element of a file for other programs to look at: where it stands, what carries it, and what it says.

import Contracts

package struct DescribedElement: Encodable, Sendable {
    /// In the file, from 1; 0 for the layout.
    package let line: Int
    package let elementType: String
    package let kind: String
    package let text: String
    package let key: String?
    package let level: Int?
    package let number: String?
    package let `extension`: String?
    package let forced: Bool?
    package let dual: Bool?
    package let before: String?
    package let source: String?

    package static func all(of screenplay: Screenplay) -> [DescribedElement] {
        zip(screenplay.elements, screenplay.lines).map { DescribedElement($0, line: $1) }
    }

    private init(_ element: Element, line: Int) {
        self.line = line
        (elementType, kind, text) = (element.type.rawValue, element.kind.rawValue, element.text)
        (key, level, number, `extension`) = (element.key, element.level, element.number, element.extension)
        forced = element.isForced ? true : nil
        dual = element.isDual ? true : nil
        (before, source) = (element.before, element.source)
    }

    /// For people: `12  sceneHeading  INT. HOUSE`.
    package var summary: String {
        let number = String(line)
        let padding = String(repeating: " ", count: max(0, 6 - number.utf8.count))
        let name = kind + String(repeating: " ", count: max(0, 14 - kind.utf8.count))
        let beginning = text.utf8.prefix { $0 != 0x0A }
        return "\(padding)\(number)  \(name)\(key.map { "\($0): " } ?? "")\(String(decoding: beginning, as: UTF8.self))"
    }
}
