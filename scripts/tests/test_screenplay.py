"""What `fountain screenplay` reads, beside what jouvence and fountain-tools read of the same files, element by element. Where they differ, the
difference stands here with its reason, by https://fountain.io/syntax; one that does not is a failure, and so is one that is gone."""

import difflib

import pytest
import screenplays

from ecosystem import ROOT

FIXTURES = ROOT / "Tests/Shared/ScreenplayTests/Fixtures"
PLAY = ROOT.parent / "shared/data/hamlet.fountain"

# jouvence
FORCED_LINE = "a line is forced by its own marker; jouvence looks for one at the beginning of a paragraph alone"
EXTENSION = "what stands in parentheses behind a name is its extension; jouvence keeps it in the name"
DIGITS = "a name needs a letter, and may have digits: R2D2 is one; jouvence knows letters alone"
DUAL = "a caret behind a name is dual dialogue; jouvence does not know it, and takes the line for action"
NUMBER = "a number between # is the scene's; jouvence keeps it in the heading"
LYRICS = "a line that begins with ~ is sung, also below a character; jouvence has lyrics only as paragraphs"
NOTES = "what stands in [[ ]] is a note, and no line of the play; jouvence does not know notes"
SECTIONS = "sections, synopses and page breaks need no blank lines around them; jouvence wants some"
BLANKS = "blanks at the ends of a line do not count, nor do lines of nothing else; jouvence counts them"
# fountain-tools
BONEYARD = "a boneyard is left out whole; fountain-tools leaves its opening, and takes its line for one that says something"
CONTD = "(CONT'D) is an extension like others; fountain-tools drops it"
HEADING = "a scene heading has a blank line below it; fountain-tools wants none"
PARENTHETICAL = "a parenthetical follows any line of a speech; fountain-tools does not let one follow lyrics, which end it there"
NOTE_TEXT = "notes are kept in the text that they stand in; fountain-tools takes them out, or puts a number in their place"
OPEN_NOTE = "a note that no ]] closes before an empty line is text; fountain-tools takes it for one, and loses it"
FADE_IN = "FADE IN: begins no scene heading by the page's list; fountain-tools has added it"
NO_COLON = "a blank behind the colon makes a transition action, as the page advises; fountain-tools does not look"
# both
EMPHASIS = "a name may be emphasised: the line is in upper case all the same; both want it to begin with a letter"
LETTERS = "upper case is not of A to Z alone; both know these only"

EXPLAINED = {
    ("by_jouvence", "action"): [
        (FORCED_LINE, ["action|and one more right below."], ["action|!and one more right below."]),
    ],
    ("by_jouvence", "dialogue"): [
        (EXTENSION, ["character|MOM|extension (on the phone)"], ["character|MOM (on the phone)"]),
        (DIGITS, ["character|R2D2", "dialogue|Beep."], ["action|R2D2", "action|Beep."]),
        (EXTENSION, ["character|HANS|extension (V.O.) (CONT'D)"], ["character|HANS (V.O.) (CONT'D)"]),
    ],
    ("by_jouvence", "dual"): [
        (
            DUAL,
            ["character|STEEL|dual True", "dialogue|Screw retirement.", "character|Ann|dual True|extension (O.S.)"],
            ["action|STEEL ^", "action|Screw retirement.", "character|Ann (O.S.) ^"],
        ),
        (DUAL, ["character|BOB|dual True", "dialogue|And me."], ["action|BOB^", "action|And me."]),
    ],
    ("by_jouvence", "headings"): [
        (
            NUMBER,
            ["sceneHeading|EXT. GARDEN - NIGHT|number 1", "sceneHeading|EST. THE TOWN|number 110A"],
            ["sceneHeading|EXT. GARDEN - NIGHT #1#", "sceneHeading|EST. THE TOWN #110A#"],
        ),
        (NUMBER, ["sceneHeading|INT/EXT TRAM - LATER|number I-1.a"], ["sceneHeading|INT/EXT TRAM - LATER #I-1.a#"]),
        (
            NUMBER,
            ["sceneHeading|THE SAME TENT, A YEAR LATER|number 2"],
            ["sceneHeading|THE SAME TENT, A YEAR LATER #2#"],
        ),
    ],
    ("by_jouvence", "lyrics"): [
        (
            LYRICS,
            ["lyrics|Willy was a man who", "lyrics|sang"],
            ["dialogue|~Willy was a man who", "dialogue|~sang"],
        ),
    ],
    ("by_jouvence", "notes"): [
        (
            NOTES,
            ["sceneHeading|INT. ROOM - DAY [[too dark?]]|number 7"],
            ["action|[[A note by itself.]]", "sceneHeading|INT. ROOM - DAY [[too dark?]] #7#"],
        ),
        (
            NOTES,
            [
                "character|BOB|extension (V.O.)",
                "dialogue|Hello? [[Who is it?]]",
                "dialogue|[[a line of its own]]",
                "dialogue|Hello!",
            ],
            [
                "action|BOB [[or ALICE]] (V.O.)",
                "action|Hello? [[Who is it?]]",
                "action|[[a line of its own]]",
                "action|Hello!",
                "action|[[one]] [[two]]",
            ],
        ),
    ],
    ("by_jouvence", "sections"): [
        (
            SECTIONS,
            ["section|Sequence one|level 2", "section|Scene|level 3", "synopsis|Directly below."],
            ["action|## Sequence one", "action|### Scene", "action|= Directly below."],
        ),
        (
            SECTIONS,
            ["section|A section ends a speech|level 1", "action|Action below it."],
            ["dialogue|# A section ends a speech", "dialogue|Action below it."],
        ),
        (BLANKS, ["pageBreak|"], ["action|======"]),
    ],
    ("by_jouvence", "untidy"): [
        (
            BLANKS,
            ["sceneHeading|INT. ROOM - DAY", "character|BOB"],
            ["character|INT. ROOM - DAY", "dialogue|BOB"],
        ),
        (DUAL, ["character|STEEL|dual True", "dialogue|Yes."], ["action|STEEL^", "action|Yes."]),
        (
            BLANKS,
            ["section|Act|level 1", "lyrics|la la", "pageBreak|"],
            ["action|# Act", "action|~ la la", "action|[[note]]", "action|==="],
        ),
    ],
    ("by_fountain_tools", "boneyard"): [
        (BONEYARD, [], ["action|/*"]),
        (BONEYARD, ["action|Some action."], ["action|Some /* action.", "action|/*"]),
        (BONEYARD, ["dialogue|Said. And this."], ["dialogue|Said. /* And this."]),
        (
            BONEYARD,
            ["action|Not dialogue any more.", "action|/* never closed"],
            ["dialogue|/*", "dialogue|Not dialogue any more."],
        ),
    ],
    ("by_fountain_tools", "dialogue"): [
        (CONTD, ["character|HANS|extension (V.O.) (CONT'D)"], ["character|HANS|extension (V.O.)"]),
    ],
    ("by_fountain_tools", "headings"): [
        (
            HEADING,
            ["character|EXT. NOT A HEADING", "dialogue|since a line follows at once."],
            ["sceneHeading|EXT. NOT A HEADING", "action|since a line follows at once."],
        ),
    ],
    ("by_fountain_tools", "lyrics"): [
        (
            PARENTHETICAL,
            ["parenthetical|out of breath", "dialogue|and spoke"],
            ["action|(out of breath)", "action|and spoke"],
        ),
    ],
    ("by_fountain_tools", "notes"): [
        (
            NOTE_TEXT,
            [
                "sceneHeading|INT. ROOM - DAY [[too dark?]]|number 7",
                "action|The phone RINGS. [[This needs work.",
                "action|Or coffee.]] He looks up.",
                "character|BOB|extension (V.O.)",
                "dialogue|Hello? [[Who is it?]]",
                "dialogue|[[a line of its own]]",
            ],
            [
                "sceneHeading|INT. ROOM - DAY|number 7",
                "action|The phone RINGS. He looks up.",
                "character|BOB [[3]]|extension (V.O.)",
                "dialogue|Hello?",
            ],
        ),
        (OPEN_NOTE, ["action|[[never closed"], []),
        (
            NOTE_TEXT,
            ["action|An array[[0]][[1]] of notes, and [[!no marker]]."],
            ["action|An array of notes, and ."],
        ),
    ],
    ("by_fountain_tools", "title"): [
        (FADE_IN, ["action|FADE IN:"], ["sceneHeading|FADE IN:"]),
    ],
    ("by_fountain_tools", "transitions"): [
        (NO_COLON, ["action|FADE TO:"], ["transition|FADE TO:"]),
    ],
}

for reader in ("by_jouvence", "by_fountain_tools"):
    EXPLAINED[reader, "emphasis"] = [
        (
            EMPHASIS,
            ["character|*THUNDER*", "dialogue|*and lightning*", "character|_ANN_", "dialogue|**No!**"],
            ["action|*THUNDER*", "action|*and lightning*", "action|_ANN_", "action|**No!**"],
        ),
    ]
    EXPLAINED[reader, "unicode"] = [
        (
            LETTERS,
            ["character|ÉMILE|extension (VOIX)", "dialogue|Ça va ?"],
            ["action|ÉMILE (VOIX)", "action|Ça va ?"],
        ),
        (
            LETTERS,
            ["character|É", "parenthetical|silence", "character|ΣΩΚΡΑΤΗΣ", "dialogue|ἓν οἶδα"],
            ["action|É", "action|(silence)", "action|ΣΩΚΡΑΤΗΣ", "action|ἓν οἶδα"],
        ),
    ]

# jouvence looks for the end of a boneyard at the beginning of a line, and goes on looking for ever where there is none.
UNENDING = {("by_jouvence", "boneyard")}


def names():
    return sorted(path.stem for path in FIXTURES.glob("*.fountain"))


def described(elements):
    return ["|".join([kind, text, *(f"{key} {value}" for key, value in more)]) for kind, text, more in elements]


def differences(ours, theirs):
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    return [(ours[a:b], theirs[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


@pytest.mark.parametrize("reader", ["by_jouvence", "by_fountain_tools"])
@pytest.mark.parametrize("name", names())
def test_every_difference_has_its_reason(name, reader):
    if (reader, name) in UNENDING:
        return
    path = FIXTURES / f"{name}.fountain"
    theirs = getattr(screenplays, reader)(path.read_text())
    found = differences(described(screenplays.ours(path)), described(theirs))
    assert found == [(ours, other) for _, ours, other in EXPLAINED.get((reader, name), [])]


@pytest.mark.parametrize("reader", ["by_jouvence", "by_fountain_tools"])
def test_a_whole_play_is_read_alike(reader):
    if not PLAY.exists():
        return
    ours = screenplays.ours(PLAY)
    assert len(ours) == 5_409
    assert differences(described(ours), described(getattr(screenplays, reader)(PLAY.read_text()))) == []


def test_every_reason_is_needed_and_every_fixture_is_there():
    assert {name for _, name in EXPLAINED} | {name for _, name in UNENDING} <= set(names())
    assert len(names()) >= 12
