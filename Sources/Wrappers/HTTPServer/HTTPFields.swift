// Header fields in the order they came, repeated ones kept; names compare without regard to ASCII case.
// It never joins or splits values: what a repeated field means is its reader's business.

package struct HTTPFields: Sendable {
    /// Name as received and value without surrounding blanks, in order of arrival.
    package private(set) var entries: [(name: String, value: String)]

    package init(_ entries: [(name: String, value: String)] = []) {
        self.entries = entries
    }

    package mutating func append(name: String, value: String) {
        entries.append((name, value))
    }

    /// The value of the first field of that name.
    package subscript(name: String) -> String? {
        entries.first { HTTPFields.isSame($0.name, name) }?.value
    }

    /// The values of all fields of that name, in order.
    package func all(_ name: String) -> [String] {
        entries.filter { HTTPFields.isSame($0.name, name) }.map(\.value)
    }

    /// Whether two field names are the same field.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        let (one, other) = (one.utf8, other.utf8)
        return one.count == other.count && zip(one, other).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
