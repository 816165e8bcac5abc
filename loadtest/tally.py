"""What a load test has seen, by operation and second, and how sure one can be of it. Pure: no clock, no network.

Latencies are kept in buckets of 2 % (Locust itself rounds to two digits). A quantile comes with the interval that holds the true one in 95
of 100 runs, from the order of the samples alone: no assumption about how latencies are spread.
"""

import collections
import math

GROWTH = math.log(1.02)


def bucket(milliseconds):
    """The upper bound of the bucket."""
    return round(math.exp(math.ceil(math.log(max(milliseconds, 0.01)) / GROWTH) * GROWTH), 4)


class Tally:
    def __init__(self):
        self.operations = {}

    def record(self, operation, second, milliseconds, is_good):
        found = self.operations.setdefault(operation, {"histogram": collections.Counter(), "failed": 0, "seconds": {}})
        found["histogram"][bucket(milliseconds)] += 1
        found["failed"] += not is_good
        found["seconds"].setdefault(int(second), collections.Counter())[bucket(milliseconds)] += 1

    def plain(self):
        """As JSON has it: histograms as [[bound, count], …]."""
        return {name: {"failed": found["failed"], "histogram": pairs(found["histogram"]),
                       "seconds": {second: pairs(counts) for second, counts in sorted(found["seconds"].items())}}
                for name, found in self.operations.items()}


def pairs(counter):
    return sorted([bound, count] for bound, count in counter.items())


def count(histogram):
    return sum(number for _, number in histogram)


def at_rank(histogram, rank):
    seen = 0
    for bound, number in histogram:
        seen += number
        if seen >= rank:
            return bound
    return histogram[-1][0]


def quantile(histogram, q):
    """(value, lowest, highest): the quantile and its 95 % interval; None for an empty histogram. The highest is None where too few samples
    lie above to say."""
    n = count(histogram)
    if n == 0:
        return None
    spread = 1.96 * math.sqrt(n * q * (1 - q))
    low, high = math.floor(n * q - spread), math.ceil(n * q + spread) + 1
    return at_rank(histogram, max(1, math.ceil(n * q))), at_rank(histogram, max(1, low)), at_rank(histogram, high) if high <= n else None


def compared(before, now, least=0.1):
    """`slower`, `faster`, `same`: another word than `same` only where the intervals part and the change is more than `least`."""
    if before is None or now is None or before[0] == 0:
        return ""
    change = now[0] / before[0] - 1
    if before[2] is not None and now[1] > before[2] and change > least:
        return f"slower, {change:+.0%}"
    if now[2] is not None and now[2] < before[1] and change < -least:
        return f"faster, {change:+.0%}"
    return "same"


def knee(steps, most_ms, least=0.95):
    """The last of (rate, answered rate, p99 ms, failed) that was carried, and the first that was not; None for what there is not."""
    carried = None
    for step in steps:
        rate, answered, p99, failed = step
        if failed or answered < least * rate or p99 > most_ms:
            return carried, step
        carried = step
    return carried, None
