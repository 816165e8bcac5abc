// A screenplay into a sequence of Service A: what is there already stays, the difference is made.
//
//   read the sequence ──> `Difference` ──> in the way of somebody? ──> portions, each of them wholly or not at all
//
// A run that ends in the middle leaves whole elements. The next one finds them, and does what is left: nothing is made twice, also where
// the portion in hand comes through late (its ids are taken then, and the portion is refused as a whole).

package import Bus
package import Contracts
package import Screenplay
import Secrets

package struct ScreenplayImport: Sendable {
    /// Why an import does not begin.
    package enum Refusal: Error, Equatable, CustomStringConvertible {
        case foreign(count: Int, names: [String], sequence: String)

        package var description: String {
            switch self {
            case .foreign(let count, let names, let sequence):
                """
                \(count) \(count == 1 ? "element" : "elements") of "\(sequence)" would be changed or deleted, though not as an import \
                left \(count == 1 ? "it" : "them"): \(names.joined(separator: ", "))\(count > names.count ? ", …" : ""). Nothing was \
                done. See what is there with `fountain export`, take over what shall stay, or import with --force.
                """
            }
        }
    }

    /// A portion holds so many changes at most, and so many bytes, but for one element that is larger.
    private static let (mostEdits, mostBytes) = (250, 1 << 20)

    package let difference: Difference
    private let sequence: SequenceName
    private let node: Node
    private let key: String

    /// Looks what has to be done.
    ///
    /// - Throws: `Failure` where the sequence cannot be read; `Refusal` where the import would undo what others did and is not `forced`.
    package init(
        _ screenplay: Screenplay,
        of file: [UInt8],
        into sequence: SequenceName,
        forced: Bool,
        by node: Node
    ) async throws {
        let contents = try await SequenceContents.read(sequence, by: node)
        difference = try Difference(from: contents.elements, to: screenplay.elements, in: sequence)
        (self.sequence, self.node) = (sequence, node)
        let state = "\(sequence.text)\n\(contents.revision ?? 0)\n"
        key = "import-" + Hex.encode(Array(SHA256.hash(Array(state.utf8) + file).prefix(16)))
        guard forced || difference.foreign.isEmpty else { throw Self.refusal(difference.foreign, sequence) }
    }

    private static func refusal(_ foreign: [StoredElement], _ sequence: SequenceName) -> Refusal {
        let names = foreign.prefix(5).map { "\($0.type.rawValue) \($0.id.value)" }
        return .foreign(count: foreign.count, names: names, sequence: sequence.text)
    }

    /// Makes the difference; `progress` hears how many changes have been made since it heard last.
    ///
    /// - Throws: `Failure` as the service gave it, with what has become of the rest.
    package func run(progress: @Sendable (Int) -> Void) async throws {
        var (portions, made) = (Array(Self.portions(of: difference.steps).reversed()), 0)
        while let portion = portions.popLast() {
            do {
                try await send(portion, behind: made)
                made += portion.count
                progress(portion.count)
            } catch let failure as Failure {
                guard failure.code == SequenceOperations.tooMuchAtOnce, portion.count > 1 else {
                    throw Self.explained(failure, made, editCount)
                }
                let half = portion.count / 2
                portions += [Array(portion[half...]), Array(portion[..<half])]
            }
        }
    }

    private func send(_ portion: [SequenceEdit], behind made: Int) async throws {
        _ = try await node.call(
            SequenceOperations.batch,
            ChangeSequence(changes: portion, atomic: true),
            idempotencyKey: "\(key)-\(made)-\(portion.count)",
            timeout: .seconds(60)
        )
    }

    /// How many changes `run` makes.
    package var editCount: Int { difference.steps.reduce(0) { $0 + $1.edits.count } }

    package static func portions(of steps: [Difference.Step]) -> [[SequenceEdit]] {
        var (portions, bytes): ([[SequenceEdit]], Int) = ([], .max / 2)
        for step in steps {
            let count = portions.last?.count ?? 0
            if bytes + step.bytes > mostBytes || count + step.edits.count > mostEdits {
                portions.append([])
                bytes = 0
            }
            portions[portions.count - 1] += step.edits
            bytes += step.bytes
        }
        return portions
    }

    private static func explained(_ failure: Failure, _ made: Int, _ all: Int) -> Failure {
        let before = made == 0 ? "" : " \(made) of \(all) changes were made before, and stay."
        return Failure(
            failure.code,
            "\(failure.detail)\(before) Import again: what is done is not done twice.",
            fields: failure.fields
        )
    }
}
