"""An HTTP server on a bad day: passes requests on to another and answers as a file says.

    moody.py 8109 http://127.0.0.1:8108 FILE

FILE has one word: `well`; `slow`, each answer 300 ms late; `silent`, never an answer; `half`, half an answer and nothing more; `lagging`, 503; `torn`,
passed on, and the connection is reset instead of an answer. It is read for each request. It says `ready` when it listens.
"""

import contextlib
import http.client
import http.server
import pathlib
import socket
import struct
import sys
import threading
import time
import urllib.parse

PORT, TARGET, FILE = int(sys.argv[1]), urllib.parse.urlsplit(sys.argv[2]).netloc, pathlib.Path(sys.argv[3])
LAGGING = b'{"message": "Not Ready or Lagging"}'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mood = FILE.read_text()
        if mood == "silent":
            threading.Event().wait()
        if mood == "lagging":
            return self.say(503, LAGGING, len(LAGGING))
        status, text = self.passed_on(body)
        if mood == "slow":
            time.sleep(0.3)
        if mood == "torn":
            # Lingers for no time: the kernel resets it.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return None
        if mood == "half":
            self.say(status, text[: len(text) // 2], len(text))
            threading.Event().wait()
        return self.say(status, text, len(text))

    def passed_on(self, body):
        own = ("host", "connection", "content-length", "expect", "accept-encoding")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
        with contextlib.closing(http.client.HTTPConnection(TARGET, timeout=60)) as connection:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def say(self, status, text, length):
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def log_message(self, *_):
        """Nothing: what it carries is nobody's business."""

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A client that went away."""


server = Server(("127.0.0.1", PORT), Handler)
print("ready", flush=True)
server.serve_forever()
