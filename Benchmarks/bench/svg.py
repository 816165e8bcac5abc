"""Two kinds of plot as SVG text: lines over named points, and bars. Pure; the fonts are the page's.

Lines stand on a logarithmic scale, since peers differ by powers of ten and a ratio is then a distance. It refuses to draw nothing.
"""

import html
import math

WIDTH, HEIGHT = 640, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 44
COLOURS = ("#0b6e99", "#d9730d", "#448361", "#9065b0", "#c14c8a", "#787774", "#cb912f", "#d44c47", "#5a9bd4")


def text(x, y, words, anchor="middle", **more):
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{html.escape(str(words))}</text>'


def page(title, height, parts):
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" fill="currentColor" role="img" aria-label="{html.escape(title, quote=True)}">'
    return "\n".join([head, text(LEFT, 20, title, "start", font_weight="bold"), *parts, "</svg>"])


def colours(names):
    """The same name has the same colour in every plot of a page, if each is given all names in the same order."""
    return {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(names)}


def short(value):
    """`1.2k`, `35`, `0.5`: as wide as a scale has room for."""
    if value >= 1000:
        return f"{value / 1000:g}k"
    return f"{value:g}"


def ticks(low, high):
    """1, 2 and 5 times powers of ten from the one below `low` to the one above `high`; of many only the powers."""
    steps = [factor * 10.0**power for power in range(-6, 10) for factor in (1, 2, 5)]
    first = max(step for step in steps if step <= low)
    last = min(step for step in steps if step >= high)
    inside = [step for step in steps if first <= step <= last]
    # Compared as text: 10.0**-1 times 2 is not 0.2.
    powers = [step for step in inside if f"{step:e}".startswith("1.0")]
    return [first, *(step for step in powers if first < step < last), last] if len(inside) > 8 else inside


def spread(wanted, least=15):
    """Moves labels apart that would cover each other: {key: y}, no two nearer than `least`, in the same order."""
    placed, last = {}, -math.inf
    for key, y in sorted(wanted.items(), key=lambda item: item[1]):
        last = max(y, last + least)
        placed[key] = last
    return placed


def lines(title, points, series, palette=None):
    """`series` is {name: [a value or None for each of `points`]}; values that are not above 0 are left out."""
    known = {name: [(at, v) for at, v in enumerate(values) if v and v > 0] for name, values in series.items()}
    known = {name: values for name, values in known.items() if values}
    palette = palette or colours(known)
    if not known:
        raise ValueError(f"nothing to draw: {title}")
    scale = ticks(min(v for values in known.values() for _, v in values), max(v for values in known.values() for _, v in values))
    low, high = math.log(scale[0]), math.log(scale[-1]) if len(scale) > 1 else math.log(scale[0]) + 1

    def x(at):
        return LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / len(points)

    def y(value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log(value) - low) / (high - low)

    # As many names as can be read beside each other; dots only where they are not a line of their own.
    every = -(-len(points) // 12)
    parts = [text(x(at), HEIGHT - BOTTOM + 20, name) for at, name in enumerate(points) if at % every == 0]
    for step in scale:
        parts.append(f'<path d="M{LEFT} {y(step):.1f}H{WIDTH - RIGHT}" stroke="currentColor" opacity="0.15"/>')
        parts.append(text(LEFT - 8, y(step) + 4, short(step), "end"))
    labels = spread({name: y(values[-1][1]) for name, values in known.items()})
    for name, values in known.items():
        colour = palette[name]
        path = "L".join(f"{x(at):.1f} {y(value):.1f}" for at, value in values)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        dots = values if len(points) <= 40 else []
        parts += [f'<circle cx="{x(at):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>' for at, value in dots]
        parts.append(text(WIDTH - RIGHT + 8, labels[name] + 4, name, "start", fill=colour))
    return page(title, HEIGHT, parts)


def bars(title, values, unit="", palette=None):
    """`values` is {name: number}, drawn from 0, the number behind its bar; what is None is left out."""
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        raise ValueError(f"nothing to draw: {title}")
    palette = palette or colours(known)
    left, room, row = 190, WIDTH - 190 - 90, 26
    most = max(known.values()) or 1
    parts = []
    for at, (name, value) in enumerate(known.items()):
        y = TOP + at * row
        parts.append(text(left - 8, y + 15, name, "end"))
        parts.append(f'<rect x="{left}" y="{y}" width="{max(1, room * value / most):.1f}" height="18" fill="{palette[name]}"/>')
        words = f"{value:,.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"
        parts.append(text(left + room * value / most + 6, y + 15, words, "start"))
    return page(title, TOP + len(known) * row + 10, parts)
