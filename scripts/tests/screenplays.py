"""What three programs read of a Fountain file, in one form: (kind, text, more) an element. What no program says alike is brought together
here, each with its reason; every other difference is listed in test_screenplay.py."""

import json

import jouvence.document
import jouvence.parser
from fountain_tools.fountain import ElementType
from fountain_tools.parser import Parser

from ecosystem import run


def squeezed(text):
    """Blanks do not count: who keeps margins, who turns tabs into blanks, and what is left where a note was, differs and means little."""
    return " ".join(text.split())


def lines(kind, text, **more):
    """An element for each line: whether lines that follow each other are one element is a matter of taste, not of the syntax."""
    return [element(kind, line, **more) for line in text.split("\n") if line.strip()]


def element(kind, text, **more):
    return kind, squeezed(text), tuple(sorted((key, str(value)) for key, value in more.items() if value))


def ours(path):
    read = []
    for line in run("screenplay", path, "--json").splitlines():
        found = json.loads(line)
        kind, text = found["kind"], found["text"]
        if kind in ("layout", "boneyard", "note"):
            continue  # neither of the others has them among the elements of the play
        if kind in ("action", "dialogue", "lyrics", "centered"):
            read += lines(kind, text)
        elif kind == "titleEntry":
            read.append(element(kind, text, key=found["key"].lower()))
        elif kind == "pageBreak":
            read.append((kind, "", ()))
        else:
            more = {key: found.get(key) for key in ("number", "level", "extension", "dual")}
            read.append(element(kind, text, **more))
    return read


def by_jouvence(text):
    document = jouvence.parser.JouvenceParser().parseString(text)
    kinds = {
        jouvence.document.TYPE_ACTION: "action",
        jouvence.document.TYPE_CENTEREDACTION: "centered",
        jouvence.document.TYPE_CHARACTER: "character",
        jouvence.document.TYPE_DIALOG: "dialogue",
        jouvence.document.TYPE_PARENTHETICAL: "parenthetical",
        jouvence.document.TYPE_TRANSITION: "transition",
        jouvence.document.TYPE_LYRICS: "lyrics",
        jouvence.document.TYPE_PAGEBREAK: "pageBreak",
        jouvence.document.TYPE_SECTION: "section",
        jouvence.document.TYPE_SYNOPSIS: "synopsis",
    }
    read = [element("titleEntry", value, key=key) for key, value in document.title_values.items()]
    for scene in document.scenes:
        if scene.header:
            read.append(element("sceneHeading", scene.header))
        for paragraph in scene.paragraphs:
            kind, text = kinds[paragraph.type], paragraph.text or ""
            if kind in ("action", "dialogue", "lyrics", "centered"):
                read += lines(kind, text)
            elif kind == "parenthetical":
                read.append(element(kind, text.strip()[1:-1]))
            elif kind == "section":
                read.append(element(kind, text, level=paragraph.depth))
            elif kind == "pageBreak":
                read.append((kind, "", ()))
            else:
                read.append(element(kind, text))
    return read


def by_fountain_tools(text):
    parser = Parser()
    parser.add_text(text)
    read = [element("titleEntry", entry.text, key=entry.key.lower()) for entry in parser.script.titleEntries]
    for found in parser.script.elements:
        kind, text = found.type, found.text
        if kind == ElementType.ACTION:
            read += lines("centered" if found.centered else "action", text)
        elif kind == ElementType.DIALOGUE:
            read += lines("dialogue", text)
        elif kind == ElementType.LYRIC:
            read += lines("lyrics", text)
        elif kind == ElementType.HEADING:
            read.append(element("sceneHeading", text, number=found.scene_number))
        elif kind == ElementType.CHARACTER:
            more = f"({found.extension})" if found.extension else None
            read.append(element("character", found.name, extension=more, dual=found.is_dual_dialogue))
        elif kind == ElementType.SECTION:
            read.append(element("section", text, level=found.level))
        elif kind == ElementType.PAGEBREAK:
            read.append(("pageBreak", "", ()))
        else:
            read.append(element(kind.name.lower(), text))
    return read
