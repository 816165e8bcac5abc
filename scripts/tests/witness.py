"""The last answer that a test has had, and its story, which `fountain explain` tells while the ecosystem still runs: for the report of a test that fails.

`ecosystem.py` notes, `conftest.py` reports. Whatever goes wrong here is nobody's mistake but ours: there is no story then.
"""

import subprocess

SECONDS = 10


class Witness:
    def __init__(self, program, seconds=SECONDS):
        self.program, self.seconds = program, seconds
        self.topologies = {}  # of what is up, by its origin
        self.forget()

    def forget(self):
        """Another test begins."""
        self.last = self.told = None

    def note(self, origin, line, answer):
        trace = answer.headers.get("traceparent", "").split("-")
        if len(trace) > 2:
            self.last, self.told = (origin, f"{line}: {answer.status_code}", trace[1]), None

    def story(self):
        """Of the last answer, or nothing. It asks once: later the ecosystem may be gone."""
        if self.last and self.told is None:
            origin, line, trace = self.last
            topology = self.topologies.get(origin)
            # Before a gateway stands Caddy at times, with an origin of its own.
            if topology is None and len(self.topologies) == 1:
                (topology,) = self.topologies.values()
            if topology is not None:
                self.told = f"{line}\n{self.explained(trace, topology)}"
        return self.told

    def explained(self, trace, topology):
        command = [str(self.program), "explain", trace, "--topology", str(topology)]
        try:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            return subprocess.run(command, **pipes, text=True, errors="replace", timeout=self.seconds).stdout
        except Exception as problem:
            return f"no story: {problem}"
