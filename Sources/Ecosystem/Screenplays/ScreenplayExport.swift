// A sequence of Service A as a Fountain file, and whether the file says all that the sequence does.

package import Bus
package import Contracts
import Screenplay

package struct ScreenplayExport: Sendable {
    package let bytes: [UInt8]
    /// How many elements the file will read differently than they stand in the sequence; 0 for what was imported.
    package let differences: Int

    /// - Throws: `Failure`; with `not_found`, and the names that there are, for a sequence without elements.
    package init(_ name: SequenceName, by node: Node) async throws {
        let stored = try await SequenceContents.read(name, by: node).elements
        guard !stored.isEmpty else { throw try await Self.unknown(name, node) }
        bytes = Writer.bytes(of: stored.map(\.element))
        let read = try Screenplay(bytes, limit: nil)
        let difference = try Difference(from: stored, to: read.elements, in: name)
        differences = difference.changed + difference.deleted + difference.moved + difference.created
    }

    private static func unknown(_ name: SequenceName, _ node: Node) async throws -> Failure {
        let page = try await node.call(SequenceOperations.sequences, ListSequences(limit: PageLimit(20)))
        let names = page.sequences.map { "\"\($0.sequenceName.text)\"" }
        let known = names.isEmpty ? "There are none yet." : "There are \(names.joined(separator: ", "))."
        return Failure(.notFound, "There is no sequence \"\(name.text)\" with elements. \(known)")
    }
}
