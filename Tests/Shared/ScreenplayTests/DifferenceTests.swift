// What an import changes: what has to be, and no more.

import Bus
import Contracts
import Foundation
import Screenplay
import Testing

@Suite struct DifferenceTests {
    private static let play = """
        Title: A Play

        INT. HALL - DAY

        BOB
        Who is there?

        ALICE
        Nobody you know.

        They wait for a while.

        EXT. STREET - NIGHT

        BOB
        It rains on us.

        ALICE
        It does.

        CUT TO:

        INT. HALL - LATER

        BOB
        Still here?

        """

    private func model(_ text: String = play) throws -> SequenceModel {
        var model = SequenceModel()
        _ = try model.importing(Array(text.utf8))
        return model
    }

    /// What the import of another text does, and that it does it.
    private func change(_ model: inout SequenceModel, to text: String) throws -> Difference {
        let difference = try model.importing(Array(text.utf8))
        #expect(String(decoding: model.file, as: UTF8.self) == text)
        let writes = model.writes
        #expect(try model.importing(Array(text.utf8)).isEmpty && model.writes == writes)
        return difference
    }

    private func counts(_ difference: Difference) -> [Int] {
        [difference.created, difference.changed, difference.moved, difference.deleted, difference.unchanged]
    }

    private func replaced(_ old: String, _ new: String) -> String {
        var text = Self.play
        if let range = text.range(of: old) { text.replaceSubrange(range, with: new) }
        return text
    }

    @Test func `a file goes in, comes out, and once more changes nothing`() throws {
        var model = try model()
        #expect(model.elements.count == 16)
        #expect(counts(try change(&model, to: Self.play)) == [0, 0, 0, 0, 16])
    }

    @Test func `a changed line is a new version of the same element`() throws {
        var model = try model()
        let before = model.elements
        #expect(counts(try change(&model, to: replaced("It rains on us.", "It pours on us."))) == [0, 1, 0, 0, 15])
        let index = try #require(before.firstIndex { $0.comment.text == "It rains on us." })
        #expect(model.elements[index].elementId == before[index].elementId)
        #expect(model.elements[index].versionNumber == before[index].versionNumber + 1)
        #expect(model.elements.map(\.reference) == before.map(\.reference))
    }

    @Test func `a line of canonically equivalent letters is another line`() throws {
        var model = try model("Caf\u{E9}.\n")
        #expect(counts(try model.importing(Array("Cafe\u{301}.\n".utf8))) == [0, 1, 0, 0, 0])
        #expect(model.file == Array("Cafe\u{301}.\n".utf8))
    }

    @Test func `a moved scene is one move of a run`() throws {
        var model = try model()
        let scenes = Self.play.ranges(of: /(INT\.|EXT\.)/).map(\.lowerBound)
        let text = String(
            Self.play[..<scenes[0]] + Self.play[scenes[1]..<scenes[2]] + Self.play[scenes[0]..<scenes[1]]
                + Self.play[scenes[2]...]
        )
        let difference = try change(&model, to: text)
        #expect(counts(difference) == [0, 0, 6, 0, 10])
        #expect(difference.steps.count == 1)
    }

    @Test func `new and deleted lines are no more than that`() throws {
        var model = try model()
        let longer = replaced("They wait for a while.\n", "They wait for a while.\n\nA clock.\n\nCAT\nMeow.\n")
        #expect(counts(try change(&model, to: longer)) == [3, 0, 0, 0, 16])
        #expect(counts(try change(&model, to: Self.play)) == [0, 0, 0, 3, 16])
    }

    @Test func `ids of what has gone are not those of what comes`() throws {
        var model = try model("One.\n\nTwo.\n")
        _ = try change(&model, to: "One.\n\nTwo.\n\nThree.\n")
        #expect(model.elements.map(\.elementId.value) == [1, 2, 3])
        _ = try change(&model, to: "One.\n\nThree.\n")
        _ = try change(&model, to: "One.\n\nThree.\n\nBOB\nFour.\n")
        #expect(
            model.elements.map(\.reference.key) == [
                "play/action_1", "play/action_3", "play/character_1", "play/spokenWord_1",
            ]
        )
    }

    @Test func `where the highest id is taken, holes are used`() throws {
        var model = SequenceModel()
        for value in [1, ElementID.range.upperBound] {
            let id = try #require(ElementID(value))
            let comment = try #require(Comment("\(value)"))
            try model.apply(
                .create(
                    CreateElement(
                        elementType: .action,
                        elementId: id,
                        comment: comment,
                        sequenceName: SequenceModel.name
                    )
                )
            )
        }
        _ = try model.importing(model.file + Array("\nTwo.\n\nThree.\n".utf8))
        #expect(model.elements.map(\.elementId.value) == [1, ElementID.range.upperBound, 2, 3])
    }

    @Test func `how a file is typed is kept as well`() throws {
        var model = try model("One.\n\nTwo.\n")
        #expect(counts(try change(&model, to: "One.\n\n\n\nTwo.  \n")) == [0, 1, 0, 0, 1])
        #expect(counts(try change(&model, to: "\u{FEFF}One.\r\n\r\n\r\n\r\nTwo.  \r\n")) == [1, 0, 0, 0, 2])
        #expect(counts(try change(&model, to: "One.\n\n\n\nTwo.  ")) == [0, 1, 0, 0, 2])
    }

    // MARK: What others did

    private func version(_ model: inout SequenceModel, of words: String, to comment: String, data: String? = nil) throws
    {
        let element = try #require(model.elements.first { $0.comment.text == words })
        let request = NewVersion(
            elementType: element.elementType,
            elementId: element.elementId,
            newVersionData: data.flatMap { JSONText(Array($0.utf8)) },
            comment: Comment(comment),
            sequenceName: SequenceModel.name
        )
        try model.apply(.version(request))
    }

    @Test func `what somebody else has changed is written, and is in the way of another change`() throws {
        var model = try model()
        try version(&model, of: "They wait for a while.", to: "INT. WAITING")
        #expect(String(decoding: model.file, as: UTF8.self) == replaced("They wait for a while.", "!INT. WAITING"))
        let same = try Difference(from: model.stored, to: try Screenplay(model.file).elements, in: SequenceModel.name)
        #expect(same.isEmpty)
        let back = try Difference(
            from: model.stored,
            to: try Screenplay(Array(Self.play.utf8)).elements,
            in: SequenceModel.name
        )
        #expect(back.foreign.map { $0.element.text } == ["INT. WAITING"])
        let other = replaced("It rains", "!INT. WAITING\n\nIt rains")
        #expect(
            try Difference(from: model.stored, to: try Screenplay(Array(other.utf8)).elements, in: SequenceModel.name)
                .foreign.count <= 1
        )
    }

    @Test func `what was typed is not believed of a text that has changed since`() throws {
        var model = try model("   BOB   \nHi.\n")
        try version(&model, of: "BOB", to: "ALICE")
        #expect(String(decoding: model.file, as: UTF8.self) == "ALICE\nHi.\n")
    }

    @Test(arguments: [
        "{}", "[1]", "\"x\"", "null", "{\"kind\":7}", "{\"kind\":\"character\"}", "{\"kind\":\"nothing\"}",
        "{\"level\":\"x\"}",
    ])
    func `data of others is nobody's`(_ data: String) throws {
        var model = try model("One.\n\nTwo.\n")
        try version(&model, of: "Two.", to: "Two.", data: data)
        #expect(model.stored.map(\.isImported) == [true, false])
        #expect(String(decoding: model.file, as: UTF8.self) == "One.\n\nTwo.\n")
        #expect(try model.importing(Array("One.\n\nTwo.\n".utf8)).isEmpty)
    }

    @Test(arguments: [-1, 0, 1_001, 262_144, .max])
    func `a level that no import makes is as if it were not there`(_ level: Int) throws {
        var model = try model("One.\n\n# Act\n")
        try version(&model, of: "Act", to: "Act", data: "{\"kind\":\"section\",\"level\":\(level)}")
        #expect(model.stored.map(\.isImported) == [true, false])
        #expect(String(decoding: model.file, as: UTF8.self) == "One.\n\n# Act\n")
    }

    @Test func `a section of more levels than there are is written as it was typed`() throws {
        let file = Array("One.\n\n\(String(repeating: "#", count: 2_000)) Act\n".utf8)
        let model = try model(String(decoding: file, as: UTF8.self))
        #expect(model.stored.map(\.isImported) == [true, true] && model.stored[1].element.level == 1_000)
        #expect(model.file == file)
    }

    @Test(arguments: ["key", "number", "extension", "before", "source", "text", "end"])
    func `data with a character that no file can have is nobody's`(_ member: String) throws {
        var model = try model("One.\n\nTwo.\n")
        let data = "{\"kind\":\"action\",\"\(member)\":\"Two.\\u0000\"}"
        try version(&model, of: "Two.", to: "Two.", data: data)
        #expect(String(decoding: model.file, as: UTF8.self) == "One.\n\nTwo.\n")
    }

    @Test func `elements that no import made read as what they are`() throws {
        var model = SequenceModel()
        let elements: [(ElementType, String)] = [
            (.script, "The Play"), (.section, "Act I"), (.action, "INT. HOUSE"), (.character, "Claudius, a king"),
            (.spokenWord, "Who's there?\n\nNobody."), (.action, "They go."),
        ]
        for (type, text) in elements {
            let id = try #require(ElementID(1 + model.elements.count { $0.elementType == type }))
            try model.apply(
                .create(
                    CreateElement(
                        elementType: type,
                        elementId: id,
                        comment: try #require(Comment(text)),
                        sequenceName: SequenceModel.name
                    )
                )
            )
        }
        let text =
            "Title: The Play\n\n# Act I\n\n!INT. HOUSE\n\n@Claudius, a king\nWho's there?\n  \nNobody.\n\nThey go.\n"
        #expect(String(decoding: model.file, as: UTF8.self) == text)
        #expect(try model.importing(Array(text.utf8)).isEmpty)
    }

    // MARK: At random, and at large

    /// A line of its own, a copy of another, none, or one that moves: what writers do to a text.
    private func edited(_ paragraphs: [String], _ random: inout Generator) -> [String] {
        var paragraphs = paragraphs
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let place = Int.random(in: 0...paragraphs.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: paragraphs.insert("New \(random.next() % 100).", at: place)
            case 1 where place < paragraphs.count: paragraphs.remove(at: place)
            case 2 where place < paragraphs.count: paragraphs[place] += " more"
            case 3 where place < paragraphs.count: paragraphs.insert(paragraphs[place], at: place)
            default:
                let run = paragraphs[min(place, paragraphs.count)..<min(place + 4, paragraphs.count)]
                paragraphs.removeSubrange(run.indices)
                paragraphs.insert(contentsOf: run, at: Int.random(in: 0...paragraphs.count, using: &random))
            }
        }
        return paragraphs
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func `the difference of random edits makes the new file of the old sequence`(_ seed: UInt64) throws {
        var random = Generator(seed: seed)
        var model = SequenceModel()
        var paragraphs = ["INT. A", "BOB\nHi.", "BOB\nHo.", "ALICE\nHi.", "Exit.", "Exit.", "CUT TO:"]
        for round in 1...60 {
            paragraphs = edited(paragraphs, &random)
            let file = Array((paragraphs.joined(separator: "\n\n") + "\n").utf8)
            let before = Set(model.elements.map(\.reference))
            let difference = try model.importing(file)
            #expect(model.file == file, "seed \(seed), round \(round)")
            #expect(difference.foreign.isEmpty, "seed \(seed), round \(round)")
            let kept = before.intersection(model.elements.map(\.reference)).count
            #expect(kept == before.count - difference.deleted, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: [UInt64(11), 12, 13])
    func `and so does that of screenplays that have nothing in common`(_ seed: UInt64) throws {
        var random = Generator(seed: seed)
        var model = SequenceModel()
        for round in 1...60 {
            let file = Array(Scribbler.text(using: &random).utf8)
            _ = try model.importing(file)
            #expect(model.file == file, "seed \(seed), round \(round)")
        }
    }

    /// All alike, all different, in reverse, twice as many: lists that a table of n² would take minutes for.
    @Test(.timeLimit(.minutes(4)), arguments: ["alike", "different", "reversed", "shuffled"])
    func `long lists take no n²`(_ shape: String) throws {
        let count = 8_000
        let old = (0..<count).map { "Line \(shape == "alike" ? $0 % 2 : $0)." }
        var random = Generator(seed: 5)
        let new: [String] =
            switch shape {
            case "alike": (0..<count * 2).map { "Line \($0 % 2)." }
            case "different": (0..<count).map { "Other \($0)." }
            case "reversed": old.reversed()
            default: old.shuffled(using: &random)
            }
        func elements(_ lines: [String]) -> [Element] { lines.map { Element(.action, $0) } }
        let stored = try elements(old).enumerated().map { index, element in
            SequenceElement(
                element: ElementReference(
                    elementType: .action,
                    elementId: try #require(ElementID(index + 1)),
                    sequenceName: SequenceModel.name
                ),
                sequenceNumber: index + 1,
                versionNumber: 2,
                comment: try #require(Comment(element.text)),
                data: try element.data(),
                place: Int64(index),
                revision: 1
            )
        }
        let difference = try Difference(from: StoredElement.all(stored), to: elements(new), in: SequenceModel.name)
        #expect(difference.created + difference.unchanged + difference.changed + difference.moved >= new.count)
        if shape == "alike" { #expect(difference.created == count && difference.deleted == 0) }
        if shape == "reversed" || shape == "shuffled" { #expect(difference.created == 0 && difference.deleted == 0) }
    }
}
