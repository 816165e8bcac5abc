// Which line is what, by the Fountain syntax page.

import Screenplay
import Testing

@Suite struct ParserTests {
    @Test func `a title page has keys, and values beside or below them`() throws {
        let text = "Title:\n    _BRICK_\n\tSteel\nCredit: Written by\nDraft date: 1/20/2012\n\nAction.\n"
        #expect(
            try described(text) == [
                "titleEntry|_BRICK_/Steel|key Title", "titleEntry|Written by|key Credit",
                "titleEntry|1/20/2012|key Draft date", "action|Action.",
            ]
        )
    }

    @Test func `what looks like a key above a blank line is no title page`() throws {
        #expect(try described("FADE IN:\n\nRain.\n") == ["action|FADE IN:", "action|Rain."])
        #expect(try described("\nTitle: late\n") == ["action|Title: late"])
        #expect(try described("Title: x\n# Act\n") == ["titleEntry|x|key Title", "section|Act|level 1"])
    }

    @Test(arguments: ["INT. A", "EXT A", "est. a", "INT./EXT. A", "int/ext a", "I/E. A", "INT."])
    func `scene headings begin with where they are`(_ heading: String) throws {
        #expect(try described("x\n\n\(heading)\n\ny\n")[1] == "sceneHeading|\(heading)")
        #expect(try described("x\n\n\(heading)\ny\n")[1].hasPrefix("sceneHeading") == false)
        #expect(try described("x\n\(heading)\n\ny\n") == ["action|x/\(heading)", "action|y"])
    }

    @Test(arguments: ["INTERIOR", "EXTRA. A", "INT", "I.N.T. A", "interest a"])
    func `other words are no scene heading`(_ line: String) throws {
        #expect(try described("x\n\n\(line)\n\ny\n")[1] == "action|\(line)")
    }

    @Test func `a period forces a heading, three do not`() throws {
        #expect(try described(".SNIPER\n") == ["sceneHeading|SNIPER|forced"])
        #expect(try described(".ÉTÉ\n") == ["sceneHeading|ÉTÉ|forced"])
        #expect(try described("...and\n\n. x\n\n..\n") == ["action|...and", "action|. x", "action|.."])
        #expect(try described("BOB\n.45 calibre\n")[1] == "dialogue|.45 calibre")
    }

    @Test(arguments: [("1", true), ("110A", true), ("I-1-A", true), ("1.1", true), ("", false), ("a b", false)])
    func `scene numbers stand between number signs`(_ number: String, _ isOne: Bool) throws {
        let expected = isOne ? "sceneHeading|INT. A|number \(number)" : "sceneHeading|INT. A #\(number)#"
        #expect(try described("INT. A #\(number)#\n") == [expected])
    }

    @Test func `action keeps its lines and its margin`() throws {
        #expect(try described("One\n  two\n\n\tthree\n") == ["action|One/  two", "action|\tthree"])
    }

    @Test func `an exclamation mark forces action wherever it begins a line`() throws {
        #expect(
            try described("!INT. A\n\nBOB\nHi\n!BANG\nx\n") == [
                "action|INT. A|forced", "character|BOB", "dialogue|Hi", "action|BANG/x|forced",
            ]
        )
        #expect(try described("  !BANG\n") == ["action|  !BANG"])
    }

    @Test func `a character is in upper case, below a blank line and above a line`() throws {
        #expect(try described("BOB\nHi\n") == ["character|BOB", "dialogue|Hi"])
        #expect(try described("BOB\n\nHi\n") == ["action|BOB", "action|Hi"])
        #expect(try described("x\nBOB\nHi\n") == ["action|x/BOB/Hi"])
        #expect(try described("R2D2\nBeep\n\n23\nx\n") == ["character|R2D2", "dialogue|Beep", "action|23/x"])
        #expect(try described("MOM (on the phone)\nHi\n")[0] == "character|MOM|extension (on the phone)")
        #expect(try described("HANS (V.O.) (CONT'D)\nHi\n")[0] == "character|HANS|extension (V.O.) (CONT'D)")
        #expect(
            try described("ÉMILE\nx\n\nÉmile\nx\n\n日本\nx\n").map { $0.prefix(6) } == [
                "charac", "dialog", "action", "action",
            ]
        )
    }

    @Test func `an at sign forces a character, a caret puts it beside the one before`() throws {
        #expect(try described("@McCLANE\nHi\n")[0] == "character|McCLANE|forced")
        #expect(try described("@Ann (V.O.) ^\nHi\n")[0] == "character|Ann|extension (V.O.)|forced|dual")
        #expect(try described("BOB^\nHi\n")[0] == "character|BOB|dual")
        #expect(try described("BOB\n@home\n")[1] == "dialogue|@home")
    }

    @Test func `speech has parentheticals, pauses and lines`() throws {
        #expect(
            try described("BOB\n(low)\nHi\n(lower)\nthere\n  \nyou\n\nx\n") == [
                "character|BOB", "parenthetical|low", "dialogue|Hi", "parenthetical|lower", "dialogue|there//you",
                "action|x",
            ]
        )
        #expect(try described("(low)\n") == ["action|(low)"])
        #expect(try described("BOB\nHi\n  \n\nx\n") == ["character|BOB", "dialogue|Hi", "action|x"])
    }

    @Test func `lyrics begin with a tilde, in speech and out of it`() throws {
        #expect(
            try described("~la\n~ lu\n\nBOB\n~la\nHi\n") == [
                "lyrics|la/lu", "character|BOB", "lyrics|la", "dialogue|Hi",
            ]
        )
    }

    @Test func `a transition ends in TO with a colon and nothing behind it`() throws {
        #expect(try described("x\n\n  CUT TO:\n\ny\n")[1] == "transition|CUT TO:")
        #expect(try described("x\n\nCUT TO: \n\ny\n")[1] == "action|CUT TO:")
        #expect(try described("x\n\ncut TO:\n\ny\n")[1] == "action|cut TO:")
        #expect(
            try described("x\n\n> Burn to White.\ny\n").dropFirst() == ["transition|Burn to White.|forced", "action|y"]
        )
        #expect(try described("x\n\n> THE END <\n>x<\n")[1] == "centered|THE END/x")
    }

    @Test func `notes stay in the text, or are elements where they stand alone`() throws {
        #expect(try described("A [[b\n  \nc]] d\n") == ["action|A [[b/  /c]] d"])
        #expect(try described("[[b]]\n\n[[c]]\nd\n") == ["note|b", "note|c", "action|d"])
        #expect(try described("BOB\n[[b]]\nHi\n") == ["character|BOB", "dialogue|[[b]]/Hi"])
        #expect(try described("[[b\n\nc]]\n") == ["action|[[b", "action|c]]"])
        #expect(
            try described("INT. A [[b]] #1#\n\nEXT. A #1# [[b]]\n") == [
                "sceneHeading|INT. A [[b]]|number 1", "sceneHeading|EXT. A  [[b]]|number 1",
            ]
        )
        #expect(try described("BOB [[b]]\nHi\n")[0] == "character|BOB")
        #expect(try described("x\n\n[[b]] > c\n")[1] == "action|[[b]] > c")
    }

    @Test func `a note behind a closing marker stays in the text`() throws {
        #expect(try described("BOB\n(low) [[check]]\nHi\n")[1] == "parenthetical|low [[check]]")
        #expect(try described("BOB\n([[a]] low)[[b)]] /*c*/ [[d]] \nHi\n")[1] == "parenthetical|[[a]] low[[b)]]  [[d]]")
        #expect(try described("> THE END < [[x]]\n") == ["centered|THE END  [[x]]"])
        #expect(try described("> A [[y]] < /*c*/\n> B <[[z\n  \nz]]\n") == ["centered|A [[y]]/B [[z/  /z]]"])
        for text in ["BOB\n(low) [[check]]\nHi\n", "> THE END < [[x]]\n", "x\n\n> A </*c*/ [[b]] \n"] {
            try Fixtures.expectSame(Array(text.utf8))
        }
    }

    @Test func `a boneyard is as if it were not there`() throws {
        #expect(try described("/* a\n\nBOB\nb */\n\nc /* d */e\n") == ["boneyard| a//BOB/b ", "action|c e"])
        #expect(try described("BOB\nHi\n/* x */\nthere\n")[3] == "action|there")
        #expect(try described("/* x\n\ny\n") == ["action|/* x", "action|y"])
        #expect(try described("x\n/* y */\nINT. A\n/* z */\n")[2] == "sceneHeading|INT. A")
    }

    @Test func `sections, synopses and page breaks need no blank lines`() throws {
        #expect(
            try described("## A\n= b\n===\nBOB\nx\n# C\n") == [
                "section|A|level 2", "synopsis|b", "pageBreak|", "action|BOB/x", "section|C|level 1",
            ]
        )
        #expect(try described("==x\n") == ["action|==x"])
    }

    @Test func `emphasis is text`() throws {
        #expect(try described("_**A\\***_\n") == ["action|_**A\\***_"])
    }
}
