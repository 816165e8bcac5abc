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


def rate(found, seconds):
    """(requests a second, lowest, highest): the mean of the seconds, and its 95 % interval from how they differ."""
    counts = [count(found["seconds"].get(str(second), found["seconds"].get(second, []))) for second in range(max(1, int(seconds)))]
    mean = sum(counts) / len(counts)
    spread = 1.96 * math.sqrt(sum((each - mean) ** 2 for each in counts) / max(1, len(counts) - 1) / len(counts))
    return mean, max(0, mean - spread), mean + spread


def errors(found):
    """(share that failed, lowest, highest), by Wilson's interval: it says something of none, too."""
    n, z = count(found["histogram"]), 1.96
    if n == 0:
        return None
    share = found["failed"] / n
    middle, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return share, max(0, (middle - spread) / (1 + z * z / n)), (middle + spread) / (1 + z * z / n)


def compared(before, now, least=0.1, more="slower", less="faster"):
    """`slower`, `faster`, `same`: another word than `same` only where the intervals part and the change is more than `least`."""
    if before is None or now is None or before[0] == 0:
        return ""
    change = now[0] / before[0] - 1
    if before[2] is not None and now[1] > before[2] and change > least:
        return f"{more}, {change:+.0%}"
    if now[2] is not None and now[2] < before[1] and change < -least:
        return f"{less}, {change:+.0%}"
    return "same"


def changes(before, now, seconds):
    """All figures of an operation against those of the last run, which had the same settings: what differs, or `same`; nothing where there was none."""
    if not before:
        return ""
    words = {f"p{int(q * 100)}": compared(quantile(before["histogram"], q), quantile(now["histogram"], q)) for q in (0.5, 0.95, 0.99)}
    words["requests"] = compared(rate(before, seconds), rate(now, seconds), more="more", less="fewer")
    then, since = errors(before), errors(now)
    if then and since and (since[1] > then[2] or since[2] < then[1]):
        words["errors"] = f"{since[0]:.2%}, were {then[0]:.2%}"
    return "; ".join(f"{name} {word}" for name, word in words.items() if word not in ("", "same")) or "same"


def fullest(busy, used, cores, disk, most=0.9):
    """What there was no more of, in a sentence: [(thread, processors)], how many the whole machine used and has, and how much of the time the disk
    was at work (None: nobody says). A wait that uses neither, a lock or one fsync after another, shows as nothing being full."""
    thread, share = max(busy, key=lambda item: item[1], default=("", 0))
    if used >= most * cores:
        return f"The processors were full: {used:.2f} of {cores} by whoever runs here, most of ours in \"{thread}\" ({share:.2f})."
    if share >= most:
        return f"One thread was full: \"{thread}\" ({share:.2f} of a processor); it can do no more however many processors there are."
    if disk is not None and disk >= most:
        return f"The disk was full: at work for {disk:.0%} of the time."
    return f"Nothing was full: {used:.2f} of {cores} processors were used" + ("." if disk is None else f", the disk was at work for {disk:.0%} of the time.")


def knee(steps, most_ms, least=0.95):
    """The last of (rate, answered rate, p99 ms, failed) that was carried, and the first that was not; None for what there is not."""
    carried = None
    for step in steps:
        rate, answered, p99, failed = step
        if failed or answered < least * rate or p99 > most_ms:
            return carried, step
        carried = step
    return carried, None
