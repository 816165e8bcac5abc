"""What is told while measuring: to the terminal as Markdown at once, and at the end into one HTML file with plots and one of numbers."""

import html
import json
import pathlib
import sys
import time

from bench import figures

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); text-align: right; white-space: nowrap; }
.words { text-align: left; }
figure { display: inline-block; width: min(100%, 530px); margin: .5rem 0; vertical-align: top; }
svg text { font: 12px system-ui, sans-serif; }
.wide { overflow-x: auto; }
"""


def is_words(cell):
    """Whether a column with this cell stands to the left; numbers stand to the right."""
    return str(cell)[:1].isalpha()


class Report:
    def __init__(self, title):
        self.title = title
        self.numbers = {}
        self._parts = []
        self._plots = []

    def heading(self, words):
        self._end_plots()
        self._parts.append(f"<h2>{html.escape(words)}</h2>")
        self._print(f"## {words}")

    def text(self, words):
        self._end_plots()
        self._parts.append(f"<p>{html.escape(words)}</p>")
        self._print(words + "\n")

    def table(self, rows):
        self._end_plots()
        lines, kinds = [], [' class="words"' if is_words(rows[-1][column]) else "" for column in range(len(rows[0]))]
        for number, row in enumerate(rows):
            tag = "th" if number == 0 else "td"
            lines.append("<tr>" + "".join(f"<{tag}{kind}>{html.escape(str(cell))}</{tag}>" for cell, kind in zip(row, kinds)) + "</tr>")
        self._parts.append(f'<div class="wide"><table>{"".join(lines)}</table></div>')
        self._print("\n".join(figures.markdown(rows)) + "\n")

    def plot(self, svg):
        self._plots.append(f"<figure>{svg}</figure>")

    def write(self, directory):
        """`report.html` and `report.json` in `directory`, which is made."""
        self._end_plots()
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        head = f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">' \
               f"<title>{html.escape(self.title)}</title><style>{STYLE}</style><h1>{html.escape(self.title)}</h1>"
        (directory / "report.html").write_text(head + "\n".join(self._parts) + "</html>\n")
        (directory / "report.json").write_text(json.dumps(self.numbers, indent=1))
        return directory / "report.html"

    def _end_plots(self):
        self._parts += self._plots
        self._plots = []

    @staticmethod
    def _print(words):
        print(words, flush=True)


class Progress:
    """A bar on stderr with the time that is left; a line at each tenth where nobody looks."""

    def __init__(self, steps):
        self.steps, self.done, self.began, self.tenth = max(1, steps), 0, time.monotonic(), 0

    def step(self, words):
        self.done += 1
        seconds = (time.monotonic() - self.began) / self.done * (self.steps - self.done)
        line = f"{self.done}/{self.steps} {words}, {seconds / 60:.0f} min left"
        if sys.stderr.isatty():
            filled = 30 * self.done // self.steps
            print(f"\r\x1b[K[{'#' * filled}{'.' * (30 - filled)}] {line}", end="", file=sys.stderr, flush=True)
        elif self.done * 10 // self.steps > self.tenth:
            self.tenth = self.done * 10 // self.steps
            print(line, file=sys.stderr, flush=True)

    @staticmethod
    def end():
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
