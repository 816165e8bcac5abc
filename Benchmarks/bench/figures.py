"""Numbers from numbers: medians of ratios, quantiles of histograms, tables. Pure; it measures nothing.

A *round* is a dict of what each peer reached, {name: {key: value}}: all of them were measured within the same minute, so a round's ratio
means something where a ratio of medians would compare one minute with another.
"""

import collections
import statistics


def medians(rounds, name, key):
    """The median over the rounds in which the peer took part; None where there is none."""
    values = [each[name][key] for each in rounds if each.get(name, {}).get(key) is not None]
    return statistics.median(values) if values else None


def ratios(rounds, name, peer, key):
    """One ratio a round, of the rounds that have both."""
    pairs = [(each[name].get(key), each[peer].get(key)) for each in rounds if name in each and peer in each]
    return [ours / theirs for ours, theirs in pairs if ours is not None and theirs]


def ratio(rounds, name, peer, key):
    """The median of the rounds' ratios; None where no round has both."""
    values = ratios(rounds, name, peer, key)
    return statistics.median(values) if values else None


def merged(histograms):
    """Histograms are [[upper bound, count], …] with the same bounds wherever they have one."""
    counts = collections.Counter()
    for histogram in histograms:
        for bound, count in histogram:
            counts[bound] += count
    return sorted([bound, count] for bound, count in counts.items())


def quantile(histogram, q):
    """The smallest bound that at least the share `q` of all is not above; None for an empty histogram."""
    wanted, seen = q * sum(count for _, count in histogram), 0
    for bound, count in sorted(histogram):
        seen += count
        if seen >= wanted:
            return bound
    return None


def shown(value, digits=0):
    """`12,345`, `0.53`; `–` for what is not there."""
    return "–" if value is None else f"{value:,.{digits}f}"


def span(values, digits=2):
    """From the lowest to the highest."""
    return f"{shown(min(values), digits)}–{shown(max(values), digits)}" if values else "–"


def markdown(rows):
    """A table, its first row the head, as lines of equal width."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in cells]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
