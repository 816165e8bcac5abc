// A whole play in a file, and three hundred questions whose answers come from reading that file: no index, no rule of ours, only lines and words of
// ASCII. Both engines have to say the same.

import Bus
import Contracts
import Foundation
import Storage
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(5))) struct OracleTests {
    @Test func `three hundred questions are answered as by reading the file, by both engines`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "play-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        var author = Author(seed: 20_261_127)
        try author.play(lines: 2_000).write(to: file, atomically: true, encoding: .utf8)
        let oracle = Oracle(try String(contentsOf: file, encoding: .utf8))
        var engines: [EngineKind: any SearchEngine] = [:]
        for kind in EngineKind.allCases { engines[kind] = try await filled(kind, oracle) }
        var (answered, wrong) = (0, 0)
        for _ in 1...300 {
            let question = author.question(oracle)
            let expected = oracle.answer(question)
            answered += expected.found > 0 ? 1 : 0
            for (kind, engine) in engines {
                let answer = try await engine.search(question.query())
                let isRight =
                    answer.found == expected.found && answer.facets?.first?.counts == expected.facets
                    && answer.hits.map(\.id) == expected.page
                if !isRight { wrong += 1 }
                #expect(isRight, "\(kind), \(question): \(answer.found) and not \(expected.found)")
            }
        }
        #expect(wrong == 0 && engines.count == 2)
        #expect(answered > 150, "only \(answered) questions found anything")
    }

    private func filled(_ kind: EngineKind, _ oracle: Oracle) async throws -> any SearchEngine {
        let engine = try await kind.make()
        for start in stride(from: 0, to: oracle.lines.count, by: 500) {
            try await engine.apply(
                try oracle.lines[start..<min(start + 500, oracle.lines.count)].map { try $0.change() }
            )
        }
        return engine
    }
}

/// Line by line, what a reader with a pencil would find.
private struct Oracle {
    struct Line {
        let type: ElementType
        let id: Int
        /// In its sequence.
        let number: Int
        let text: String
        let words: [String]

        var key: String { "\(type.rawValue)_\(id)" }

        func change() throws -> SequenceChange {
            try TypesenseClientTests.change(.created, type, id, number: number, text, revision: UInt64(id))
        }
    }

    let lines: [Line]

    /// A line of the file is `type<TAB>text`; its id is its line.
    init(_ file: String) {
        var counts: [ElementType: Int] = [:]
        lines = file.split(separator: "\n").enumerated().compactMap { index, line in
            let parts = line.split(separator: "\t", maxSplits: 1)
            guard parts.count == 2, let type = ElementType(rawValue: String(parts[0])) else { return nil }
            counts[type, default: 0] += 1
            let text = String(parts[1])
            return Line(type: type, id: index + 1, number: counts[type] ?? 0, text: text, words: Self.words(text))
        }
    }

    static func words(_ text: String) -> [String] {
        text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
    }

    func answer(_ question: Asked) -> (found: Int, page: [String], facets: [SearchFacet.Count]) {
        let found = lines.filter { question.isAnswered(by: $0.words) && question.lets($0.type, $0.id, $0.number) }
        let sorted = found.sorted {
            question.isBefore(($0.number, $0.type.rawValue, $0.id), ($1.number, $1.type.rawValue, $1.id))
        }
        let counts = Dictionary(grouping: found, by: \.type.rawValue).map {
            SearchFacet.Count(value: $0, count: $1.count)
        }
        return (
            found.count, sorted.dropFirst((question.page - 1) * 20).prefix(20).map(\.key),
            counts.sorted { $0.count == $1.count ? $0.value < $1.value : $0.count > $1.count }
        )
    }
}

/// One question, as it is sent and as it is meant.
private struct Asked: CustomStringConvertible {
    var text = ""
    /// Each list stands together; of the last word a beginning is enough.
    var runs: [[String]] = []
    var excluded: [String] = []
    var lastIsBeginning = false
    var filter: String?
    var lets: (_ type: ElementType, _ id: Int, _ number: Int) -> Bool = { _, _, _ in true }
    var isDescending = false
    var sortsByID = false
    var page = 1

    var description: String { "\(text) \(lastIsBeginning) \(filter ?? "") \(sort) \(page)" }
    private var sort: String {
        (sortsByID ? "element_id" : "sequence_number") + (isDescending ? ":desc" : ":asc")
    }

    func query() throws -> SearchQuery {
        try TypesenseClientTests.query(
            text,
            filter: filter,
            sort: sort,
            hits: 20,
            page: page,
            facets: "element_type",
            prefix: lastIsBeginning
        )
    }

    func isAnswered(by words: [String]) -> Bool {
        guard !excluded.contains(where: words.contains) else { return false }
        return runs.enumerated().allSatisfy { index, run in
            let mayBegin = lastIsBeginning && index == runs.count - 1
            return words.indices.contains { start in
                guard start + run.count <= words.count else { return false }
                return zip(run.indices, words[start...]).allSatisfy { place, word in
                    mayBegin && place == run.count - 1 ? word.hasPrefix(run[place]) : word == run[place]
                }
            }
        }
    }

    func isBefore(_ one: (number: Int, type: String, id: Int), _ other: (number: Int, type: String, id: Int)) -> Bool {
        let (first, second) = sortsByID ? (one.id, other.id) : (one.number, other.number)
        if first != second { return isDescending ? first > second : first < second }
        return (one.type, one.id) < (other.type, other.id)
    }
}

/// Writes the play and asks about it; the same for the same seed.
private struct Author {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private static let vocabulary = """
        the and to of a my in you is that it not his with me be for he this your but as what lord so him have will king's hamlet \
        do no shall we are on all o'er thou come our by good now let more if her they from how at thy most would was well there \
        know queen ham father must did may us or man make speak like give such see upon some take which heaven love hath here when \
        where am who to-night ghost son himself world soul death noble night nothing mother play time life sweet tell before mind \
        earth eyes yet hear wormwood hand head hold nature nor one day mad'st eye polonius laertes ophelia horatio rosencrantz \
        guildenstern marcellus bernardo fortinbras norway denmark england players o swear sword revenge madness blood watch cold
        """.split(separator: " ").map(String.init)

    private mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }

    /// The first words far oftener than the last.
    private mutating func word() -> String { Self.vocabulary[below(below(Self.vocabulary.count) + 1)] }

    mutating func play(lines: Int) -> String {
        (0..<lines).map { _ in
            let type = [ElementType.script, .action, .spokenWord, .spokenWord][below(4)].rawValue
            let words = (0..<below(9) + 2).map { _ in
                let (word, end) = (word(), ["", "", "", ",", ";", "!", "?", "."][below(8)])
                return (below(6) == 0 ? word.capitalized : below(20) == 0 ? word.uppercased() : word) + end
            }
            return "\(type)\t\(words.joined(separator: " "))"
        }.joined(separator: "\n")
    }

    mutating func question(_ oracle: Oracle) -> Asked {
        var asked = Asked()
        words(&asked, oracle)
        filter(&asked)
        (asked.isDescending, asked.sortsByID, asked.page) = (below(2) == 0, below(2) == 0, below(3) / 2 + 1)
        return asked
    }

    private mutating func words(_ asked: inout Asked, _ oracle: Oracle) {
        let line = oracle.lines[below(oracle.lines.count)].words
        switch below(6) {
        case 0:  // some words
            let some = (0..<below(3) + 1).map { _ in word() }
            asked.text = some.joined(separator: " ")
            asked.runs = some.map(Oracle.words)
        case 1:  // the beginning of one
            let whole = word()
            let start = String(Oracle.words(whole)[0].prefix(below(3) + 1))
            (asked.text, asked.runs, asked.lastIsBeginning) = (start, [[start]], true)
        case 2:  // a phrase of the play
            let start = below(line.count)
            let run = Array(line[start..<min(line.count, start + 2 + below(2))])
            (asked.text, asked.runs) = ("\"\(run.joined(separator: " "))\"", [run])
        case 3:  // a word without another
            let (wanted, unwanted) = (
                word(), Self.vocabulary.filter { !$0.contains("'") && !$0.contains("-") }[below(60)]
            )
            asked.text = "\(wanted) -\(unwanted)"
            (asked.runs, asked.excluded) = ([Oracle.words(wanted)], [unwanted])
        case 4:  // two words, and the beginning of a third that is neither
            let third = String(line[below(line.count)].prefix(2))
            let two = (0..<2).map { _ in word() }.filter { !$0.lowercased().hasPrefix(third) }
            let parts = two.flatMap(Oracle.words)
            guard !parts.contains(where: { $0.hasPrefix(third) }) else { return words(&asked, oracle) }
            asked.text = (two + [third]).joined(separator: " ")
            (asked.runs, asked.lastIsBeginning) = (two.map(Oracle.words) + [[third]], true)
        default: (asked.text, asked.runs) = ("*", [])
        }
    }

    private mutating func filter(_ asked: inout Asked) {
        let (low, high) = (below(300) + 1, 300 + below(900))
        switch below(6) {
        case 0:
            asked.filter = "element_type:=spokenWord"
            asked.lets = { type, _, _ in type == .spokenWord }
        case 1:
            asked.filter = "sequence_number:[\(low)..\(high)]"
            asked.lets = { _, _, number in (low...high).contains(number) }
        case 2:
            asked.filter = "element_type:!=action && element_id:>\(low)"
            asked.lets = { type, id, _ in type != .action && id > low }
        case 3:
            asked.filter = "(element_type:=[script,action] || sequence_number:<=\(low)) && element_id:!=\(high)"
            asked.lets = { type, id, number in (type != .spokenWord || number <= low) && id != high }
        case 4:
            asked.filter = "id:!=script_\(low) && sequence_number:!=\(high)"
            asked.lets = { type, id, number in !(type == .script && id == low) && number != high }
        default: break
        }
    }
}
