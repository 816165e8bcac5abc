"""A real Chromium without a window, told what to do by its own protocol: the little that the tests of pages need."""

import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import requests
import websocket


class Page:
    """One page. `errors` and `asked` are what it has done wrong, a breach of its policy too, and whom it has asked, so far."""

    def __init__(self, address):
        self.socket = websocket.create_connection(address, timeout=30, suppress_origin=True)
        self.numbers = itertools.count(1)
        self.errors, self.asked = [], []
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility", "DOM"]:
            self.tell(f"{domain}.enable")

    def tell(self, method, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := json.loads(self.socket.recv())).get("id") != number:
            self.note(message)
        assert "error" not in message, (method, message["error"])
        return message["result"]

    def note(self, event):
        method, told = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(told["exceptionDetails"].get("exception", {}).get("description", "?"))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error" and told["entry"]["source"] in ("security", "javascript"):
            self.errors.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(told["request"]["url"])

    def open(self, url):
        self.tell("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, expression):
        result = self.tell("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_for(self, expression, seconds=20):
        deadline = time.monotonic() + seconds
        while not (value := self.run(expression)):
            assert time.monotonic() < deadline, f"it does not come about: {expression}"
            time.sleep(0.02)
        return value

    def press(self, key, **more):
        codes = {"Tab": 9, "Enter": 13, "Space": 32}
        text = {"Enter": "\r", "Space": " "}.get(key)
        told = {"key": " " if key == "Space" else key, "code": key, "windowsVirtualKeyCode": codes[key], **more}
        self.tell("Input.dispatchKeyEvent", type="keyDown", **told, **({"text": text} if text else {}))
        self.tell("Input.dispatchKeyEvent", type="keyUp", **told)

    def write(self, text):
        self.tell("Input.insertText", text=text)


@contextlib.contextmanager
def page(directory):
    program = shutil.which("chromium")
    assert program, "no chromium: scripts/setup test"
    home = pathlib.Path(directory) / "chromium"
    command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"]
    command += [f"--user-data-dir={home}", "about:blank"]
    environment = {**os.environ, "HOME": str(directory)}
    with open(f"{home}.log", "w") as log:
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        port = home / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not port.exists() or not port.read_text().strip():
            assert child.poll() is None and time.monotonic() < deadline, pathlib.Path(f"{home}.log").read_text()
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port.read_text().split()[0]}/json"
        while not (found := [each for each in requests.get(url, timeout=60).json() if each["type"] == "page"]):
            assert child.poll() is None and time.monotonic() < deadline, pathlib.Path(f"{home}.log").read_text()
            time.sleep(0.05)
        yield Page(found[0]["webSocketDebuggerUrl"])
    finally:
        # Its own session: the browser and all that it has started.
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(30)
