// A text as it is spelt. Swift's own `==` and hashes take two spellings of one word for the same text (canonical equivalence), the databases,
// Typesense and the names of sequences do not: what is a key there has to be one here.

/// A text as a key: equal to another one only byte for byte, and before it where its bytes are.
package struct ExactText: Hashable, Comparable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: ExactText, right: ExactText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
