// A play that nobody wrote: elements of five kinds, whose comments have words as often as a language has them (Zipf). The same on every
// machine: an element is made of its number alone.

import Bus
import Contracts
import Foundation
import Histories
import TypesenseClient

struct Play: Sendable {
    private static let count = 20_000
    private static let syllables = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "ve", "wi",
        "xo", "yu", "za", "sha", "che", "thi", "pho", "stu", "gra", "ple",
    ]

    /// The most frequent first.
    let words: [String]
    /// Of each word, how often it or a more frequent one comes.
    private let shares: [Double]

    init() {
        words = (0..<Self.count).map { rank in
            // A prime above the count, so that no two are the same, and frequent ones begin with any syllable.
            var (rest, word) = ((rank * 7_919 + 13) % 20_011, "")
            for _ in 0..<3 {
                word += Self.syllables[rest % Self.syllables.count]
                rest /= Self.syllables.count
            }
            return word
        }
        var sum = 0.0
        shares = (1...Self.count).map { rank in
            sum += 1 / Double(rank)
            return sum
        }
    }

    /// A word as often as it comes in a text.
    func word(_ random: inout SeededGenerator) -> String {
        let drawn = Double.random(in: 0..<(shares.last ?? 1), using: &random)
        var (low, high) = (0, shares.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if shares[middle] > drawn { high = middle } else { low = middle + 1 }
        }
        return words[low]
    }

    func type(_ number: Int) -> ElementType { ElementType.allCases[number % ElementType.allCases.count] }

    func comment(_ number: Int) -> String {
        var random = SeededGenerator(seed: UInt64(number))
        let count = Int.random(in: 5...11, using: &random)
        return (0..<count).map { _ in word(&random) }.joined(separator: " ")
    }

    /// What Service A would have said of it; offset and revision are its number.
    func event(_ number: Int) throws -> Event {
        guard let id = ElementID(number), let comment = Comment(comment(number)) else {
            throw SearchBench.Problem(description: "\(number) is no element")
        }
        let rank = (number - 1) / ElementType.allCases.count + 1
        let change = SequenceChange(
            kind: .created,
            element: ElementReference(elementType: type(number), elementId: id),
            sequenceNumber: rank,
            versionNumber: 1,
            comment: comment,
            place: (1 << 49) + Int64(rank) << 16,
            revision: UInt64(number)
        )
        return Event(
            topic: SequenceOperations.changed.name,
            epoch: 1,
            offset: UInt64(number),
            key: "\(type(number))_\(number)",
            committedAt: .now,
            trace: nil,
            payload: try PayloadCoding.encode(change)
        )
    }

    /// A document a line: id, kind, number of the element, its rank, its comment.
    func write(_ count: Int, to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw SearchBench.Problem(description: "\(path) cannot be written") }
        for start in stride(from: 1, through: count, by: 10_000) {
            let lines = (start...min(count, start + 9_999)).map { number in
                let rank = (number - 1) / ElementType.allCases.count + 1
                return "\(type(number))_\(number)\t\(type(number))\t\(number)\t\(rank)\t\(comment(number))\n"
            }
            try file.write(contentsOf: Data(lines.joined().utf8))
        }
        try file.close()
    }
}
