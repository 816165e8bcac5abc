"""Raw requests that no library would send, straight at the gateway and through Caddy: each gets one answer, soon, and never a 5xx.

Outside programs judge: the answers are read by hand, so that a second head, a stray byte or a silence shows.
"""

import concurrent.futures
import dataclasses
import json
import re
import socket
import ssl
import time

import pytest

import ecosystem
from test_caddyfile import Edge

BUDGET = 15  # seconds to the end of the connection: receive_timeout is 4 s here
REFUSED = {400, 403, 404, 405, 408, 413, 414, 415, 417, 421, 422, 431, 501, 505}


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    bytes: bytes
    direct: frozenset
    caddy: frozenset | None  # None: what Go's own server makes of it is not ours to say, but it is one answer or the end


def case(name, data, direct, caddy=...):
    data = data.encode("latin-1") if isinstance(data, str) else data
    many = lambda codes: frozenset({codes} if isinstance(codes, int) else codes)  # noqa: E731
    return Case(name, data, many(direct), None if caddy is None else many(direct if caddy is ... else caddy))


def get(target="/health", host="localhost", fields="", method="GET", version="HTTP/1.1"):
    return f"{method} {target} {version}\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n"


def post(fields="", body="", target="/kms/login"):
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"{head}{fields}\r\n{body}"


def chunked(body, fields=""):
    return post(f"Transfer-Encoding: chunked\r\n{fields}", body)


def cases():
    yield from hosts()
    yield from targets()
    yield from heads()
    yield from lengths()
    yield from chunks()
    yield from sizes()
    yield from bodies()
    yield from methods()
    yield from origins()


def hosts():
    for name in ["localhost", "LOCALHOST", "localhost:1", "localhost:65535", "kms.localhost", "2fa.localhost:80"]:
        yield case(f"host {name}", get(host=name), 200)
    for name in ["service-a.localhost", "typesense.localhost:443"]:
        yield case(f"host {name}", get(host=name), 200)
    for name in ["127.0.0.1", "127.0.0.1:8002", "[::1]", "[::1]:8002"]:
        yield case(f"host {name}", get(host=name), 200, 421)
    strange = "evil.example localhost.evil.example evil.localhost xlocalhost 10.0.0.1 0 127.0.0.2 [::2] localhost. LOCALHOST.evil 127.1 0x7f.1"
    for name in strange.split():
        for target in ["/health", "/", "/kms/register", "/metrics", "/docs"]:
            yield case(f"host {name} {target}", get(target, name), 421, {421, 400})
    for name in ["a b", "user@localhost", "localhost:x", "localhost:80:80", "[::1", "::1]", "", "localhost/", "local host", "a\tb"]:
        yield case(f"host {name!r}", get(host=name), 400, {400, 421})
    for name in ["localhost\x00", "loc\x01alhost", "loc\xe4l"]:
        yield case(f"host {name!r}", get(host=name), 400, {400, 421})
    yield case("no host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400)
    yield case("two hosts", get(fields="Host: localhost\r\n"), 400)
    yield case("two hosts that differ", get(fields="Host: evil.example\r\n"), 400)
    yield case("1.0 without host", "GET /health HTTP/1.0\r\n\r\n", 200, None)


def targets():
    for target in ["/health", "/health?", "/health?a", "/health?a=b&c", "/health?%20", "/health?a=%F0%9F%98%80"]:
        yield case(f"target {target}", get(target), 200)
    for target in ["http://localhost/health", "HTTP://LOCALHOST/health", "http://localhost:1/health?x"]:
        yield case(f"target {target}", get(target), 200)
    yield case("absolute beats host", get("http://localhost/health", "evil.example"), 200)
    yield case("absolute elsewhere", get("http://evil.example/health"), 421)
    yield case("absolute with user", get("http://u@localhost/health"), 400, {200, 400})
    for target in ["health", "localhost:80", "ftp://localhost/health", "*", "?a", "//", "\\health", "%2Fhealth", "."]:
        yield case(f"target {target}", get(target), {400, 404}, None if target in {"*", "?a", "localhost:80"} else {400, 404, 421})
    for path in ["/%", "/%4", "/%zz", "/%G0", "/a%", "/health%"]:
        yield case(f"target {path}", get(path), 400)
    for path in ["/health#x", "/#", "/a#b"]:
        yield case(f"target {path}", get(path), 400)
    for character in '"<>\\^`{|}':
        yield case(f"path with {character}", get(f"/a{character}b"), 400)
        yield case(f"path with %2F and {character}", get(f"/kms/keys/a%2F{character}"), 400)
    for path in ["/%00", "/a%00b", "/%01", "/..", "/../health", "/./health", "/a/../health", "/%2e%2e/health", "/health/.", "/health/..", "/%2e/health"]:
        yield case(f"path {path}", get(path), {400, 404})
    for path in ["/health/", "//health", "/HEALTH", "/health%20", "/health%2F", "/%68ealth", "/health;a", "/health,", "/nothing", "/a//b"]:
        yield case(f"path {path}", get(path), 404)
    for path in ["/{env.HOME}", "/{system.hostname}", "/{http.request.header.Cookie}", "/collections/{env.ANY}"]:
        for host in ["localhost", "typesense.localhost", "kms.localhost"]:
            yield case(f"{host}{path}", get(path, host), 400)
    for byte in [0x00, 0x01, 0x07, 0x09, 0x0B, 0x0C, 0x1F, 0x7F, 0x80, 0xE4, 0xFF]:
        yield case(f"byte {byte:02x} in the path", get(f"/a{chr(byte)}b"), 400, None)
    yield case("blank in the path", get("/a b"), 400)
    yield case("invalid utf-8 in the query", get("/health?a=%ff"), 400)


def heads():
    yield case("LF after the line", "GET /health HTTP/1.1\nConnection: close\r\nHost: localhost\r\n\r\n", 400, None)
    yield case("LF after a field", "GET /health HTTP/1.1\r\nConnection: close\r\nHost: localhost\nA: b\r\n\r\n", 400, None)
    yield case("LF for the end", "GET /health HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\n", 400, None)
    yield case("only LF", "GET /health HTTP/1.1\nConnection: close\r\nHost: localhost\n\n", 400, None)
    yield case("CR in a value", get(fields="A: b\rc\r\n"), 400, None)
    for name in ["A ", " A", "A\t", "A\x00", "A\x01", "A(", "A/", "A@", "A\xe4", "", "A\x7f", "A{", "A=", "A;", "A,", 'A"']:
        yield case(f"field name {name!r}", get(fields=f"{name}: b\r\n"), 400, {200, 400})
    for value in ["\x00", "a\x00b", "\x01", "a\x08", "\x7f", "\x0b", "\x1b["]:
        yield case(f"field value {value!r}", get(fields=f"A: {value}\r\n"), 400)
    for value in ["", " ", "\t", "a b", "a\tb", "\xe4", "\x80", '"', ":", "=?utf-8?q??="]:
        yield case(f"sound value {value!r}", get(fields=f"A: {value}\r\n"), 200)
    yield case("folded", get(fields="A: b\r\n c\r\n"), 400, None)
    yield case("folded with a tab", get(fields="A: b\r\n\tc\r\n"), 400, None)
    yield case("no colon", get(fields="A\r\n"), 400)
    yield case("only a colon", get(fields=":\r\n"), 400, {200, 400})
    yield case("folded first", "GET /health HTTP/1.1\r\n Host: localhost\r\n\r\n", 400, None)
    for line in ["GARBAGE", "GET", "GET /health", "GET  /health HTTP/1.1", "GET /health  HTTP/1.1", " GET /health HTTP/1.1", "GET /health HTTP/1.1 ", "GET\t/health\tHTTP/1.1", "/health", "GET /health http/1.1", "GET /health HTTP/11", "GET /health HTTP/1.", "GET /health HTTP", "GET /health XTTP/1.1", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]:
        yield case(f"line {line!r}", f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n", {400, 404, 414}, None)
    for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/9.9", "HTTP/3.0"]:
        yield case(f"version {version}", get(version=version), 505, None)
    yield case("http/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, None)
    yield case("empty lines first", "\r\n\r\n" + get(), 200, None)
    yield case("many empty lines", "\r\n" * 50 + get(), 400, None)
    yield case("NUL first", "\x00" + get(), 400)
    yield case("pipelined garbage after the last", get() + "\x00\n\x00", 200)


def lengths():
    values = ["-1", "+1", "+40", "0x1", "1 1", "1,1", "1, 1", "a", "1a", "1.0", "1e1", "", " ", "\xb2", "1;", "'1'", "--1", "1_0", "٣".encode().decode("latin-1")]
    for value in values:
        yield case(f"length {value!r}", post(f"Content-Length: {value}\r\n", "{}"), 400)
    for value in ["99999999999999999999", "18446744073709551616", "9" * 100]:
        yield case(f"length {value[:21]}…", post(f"Content-Length: {value}\r\n", "{}"), {400, 413})
    for value in ["9223372036854775808", "18446744073709551615", "9223372036854775807", "2000000", "1048577"]:
        yield case(f"length {value}", post(f"Content-Length: {value}\r\n"), {400, 413, 408})
    for first, second in [(2, 2), (2, 3), (0, 2), (2, 0), (2, "x")]:
        fields = f"Content-Length: {first}\r\nContent-Length: {second}\r\n"
        yield case(f"lengths {first} {second}", post(fields, "{}"), 400, {400})
    yield case("length and chunks", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), 400)
    yield case("chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "2\r\n{}\r\n0\r\n\r\n"), 400)
    yield case("length 00002", post("Content-Length: 00002\r\n", "{}"), 400)
    codings = ["identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "xchunked", "chunked;a=b", "chunked ", "chunked\t", "", "\x0bchunked", "'chunked'", "chunk", "Chunked, identity", "deflate", "chunked,"]
    for coding in codings:
        yield case(f"coding {coding!r}", post(f"Transfer-Encoding: {coding}\r\n", "2\r\n{}\r\n0\r\n\r\n"), {400}, {400, 501})
    twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
    yield case("codings twice", post(twice, "2\r\n{}\r\n0\r\n\r\n"), 400, {400, 501})
    old = "POST /kms/login HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    yield case("coding in 1.0", old, 400, {400, 501})
    yield case("coding in odd letters", post("tRANSFER-eNCODING: cHUNKED\r\n", "2\r\n{}\r\n0\r\n\r\n"), 400)
    yield case("space before the colon", post("Content-Length : 2\r\n", "{}"), 400)
    yield case("folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400, None)


def chunks():
    """What Go takes and mends on the way is the gateway's to judge when it comes: 400 too, since no body here is a log-in."""
    ends = ["\n", "\r", "\r\r\n", "\0\r\n", " \r\n", "\t\r\n", "\x0b\r\n", ";\n", ";\0\r\n", ";a\r", ";a\n", "\n\r"]
    for end in ends:
        yield case(f"chunk size then {end!r}", chunked(f"2{end}{{}}\r\n0\r\n\r\n"), 400)
    for size in ["", "g", "-2", "+2", "0x2", " 2", "2 ", "2,", "2.", "\x002", "two", "8000000000000000", "ffffffffffffffff", "10000000000000000", "0" * 40 + "2", "\t2", "%32", "2\x80"]:
        yield case(f"chunk size {size!r}", chunked(f"{size}\r\n{{}}\r\n0\r\n\r\n"), {400, 413}, {400, 408, 413})
    for end in ["", "\n", "\r", "\r\r\n", "x\r\n", " \r\n", "\0\r\n", "\n\r\n", "\r\n\r\n"]:
        yield case(f"chunk then {end!r}", chunked(f"2\r\n{{}}{end}0\r\n\r\n"), {400, 408})
    for end in ["0\n\r\n", "0\r\n\n", "0\n\n", "0\r\r\n\r\n", "0 \r\n\r\n", "00\n\n", "0;\n\r\n", "0\r\n\0\r\n\r\n"]:
        yield case(f"last chunk {end!r}", chunked("2\r\n{}\r\n" + end), {400, 408})
    for line in ["nothing", " A: b", "A: b\r\n c", "A: \0", "A b: c\n", "A: b\nC: d", "\x00: a"]:
        yield case(f"trailer {line!r}", chunked(f"2\r\n{{}}\r\n0\r\n{line}\r\n\r\n"), 400)
    for line in ["A: b", "A:", "Content-Length: 99", "Transfer-Encoding: chunked", "Host: evil.example"]:
        yield case(f"sound trailer {line!r}", chunked(f"2\r\n{{}}\r\n0\r\n{line}\r\n\r\n"), 400)
    yield case("many trailers", chunked("2\r\n{}\r\n0\r\n" + "A: b\r\n" * 1000 + "\r\n"), {400, 431})
    yield case("long trailer", chunked("2\r\n{}\r\n0\r\nA: " + "b" * 20_000 + "\r\n\r\n"), {400, 431})
    yield case("long extension", chunked("2;" + "a" * 5000 + "\r\n{}\r\n0\r\n\r\n"), 400)
    yield case("sound extension", chunked('2;a="b"\r\n{}\r\n0\r\n\r\n'), 400)
    yield case("one byte a chunk", chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), 400)
    yield case("2 MiB in chunks", chunked(("10000\r\n" + "x" * 65536 + "\r\n") * 32 + "0\r\n\r\n"), 413)


def sizes():
    yield case("1500 parameters", get("/health?" + "a&" * 1500), 400)
    yield case("300 empty parameters", get("/health?" + "&" * 300), 400)
    yield case("1000 cookies", get(fields="Cookie: " + "a=b; " * 1000 + "\r\n"), 431)
    yield case("1000 empty cookies", get(fields="Cookie: " + ";" * 1000 + "\r\n"), 431)
    yield case("1150 fields", get(fields="A: b\r\n" * 1150), 431)
    yield case("600 short fields", get(fields="A:\r\n" * 600), 431)
    yield case("30 KiB target", get("/" + "a" * 30_000), 414)
    yield case("100 KiB target", get("/" + "a" * 100_000), 414, {414, 431})
    yield case("100 KiB field", get(fields="A: " + "b" * 100_000 + "\r\n"), 431)
    yield case("1 MiB method", "G" * (1 << 20) + " / HTTP/1.1\r\n\r\n", {400, 414}, None)
    for count in [1, 32, 64]:
        yield case(f"{count} parameters", get("/health?" + "&".join("a" * count)), 200)
        yield case(f"{count // 2} cookies", get(fields="Cookie: " + "; ".join(["a=b"] * (count // 2)) + "\r\n"), 200)
        yield case(f"{count} fields", get(fields="A: b\r\n" * count), 200)


def bodies():
    for body in ["", "{", "[]", "null", "1", '"a"', "{}", '{"a":', "\0", "\xff", '{"username":1}', '{"a":1,"a":2}', "[" * 2000, '{"username":"a","password":"b","x":1}']:
        yield case(f"body {body[:20]!r}", post(f"Content-Length: {len(body)}\r\n", body), {400})
    yield case("body of GET", get(fields="Content-Length: 2\r\n") + "{}", {200, 400})
    yield case("body without a type", "POST /kms/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 415)
    for kind in ["text/plain", "application/xml", "application/json; charset=latin-1", "", "json", "multipart/form-data; boundary=x"]:
        head = f"POST /kms/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: 2\r\n\r\n{{}}"
        yield case(f"type {kind!r}", head, 415)
    yield case("half a body", post("Content-Length: 20\r\n", "{"), 408)
    yield case("no body", post("Content-Length: 20\r\n"), 408)
    yield case("half a chunk", chunked("20\r\n{"), 408)
    yield case("no last chunk", chunked("2\r\n{}\r\n"), 408)
    yield case("half a head", "GET /health HTTP/1.1\r\nHo", 408, None)
    yield case("half a line", "GET /hea", 408, None)
    yield case("one byte", "G", 408, None)
    yield case("a strange expectation", post("Expect: something\r\nContent-Length: 2\r\n", "{}"), {400, 417})


def methods():
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO", "get", "GETT", "M-SEARCH", "PROPFIND"]:
        yield case(f"{method} /health", get(method=method), {404, 405})
    for method in ["G@T", "G(T", "GE\x01T", "G\xe4T", "G{T", "G/T", "", '"GET"', "G,T"]:
        yield case(f"method {method!r}", get(method=method), 400)
    yield case("CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", {400, 404, 405}, None)
    yield case("OPTIONS *", get("*", method="OPTIONS"), 204, None)
    yield case("HEAD", get(method="HEAD"), 200)
    yield case("upgrade", get(fields="Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n"), 200)
    yield case("websocket", get(fields="Upgrade: websocket\r\n"), 200)


def origins():
    for origin in ["https://evil.example", "null", "http://localhost:3000", "file://", "localhost", "https://localhost.evil.example"]:
        for target in ["/kms/register", "/kms/login"]:
            yield case(f"{origin} {target}", post(f"Origin: {origin}\r\nContent-Length: 2\r\n", "{}", target), 403)
    for origin in ["http://localhost", "https://localhost", "https://LOCALHOST"]:
        yield case(f"own {origin}", post(f"Origin: {origin}\r\nContent-Length: 2\r\n", "{}"), 400)


CASES = list(cases())


def exchange(connection, data):
    """Everything that comes back until the other side closes, and how long it took."""
    begun = time.monotonic()
    connection.settimeout(BUDGET)
    received = b""
    try:
        connection.sendall(data)
    except OSError:
        pass  # an answer may have come first
    try:
        while piece := connection.recv(65536):
            received += piece
    except (TimeoutError, ssl.SSLError) as error:
        if isinstance(error, TimeoutError):
            return received, None
    except OSError:
        pass
    return received, time.monotonic() - begun


def problem_with(item, received, seconds, expected, is_direct):
    """Why this is not one answer of an expected status; None where it is."""
    if seconds is None:
        return f"not over after {BUDGET} s: {received[:80]!r}"
    if not received:
        return "no answer" if expected is not None else None
    if expected is None and not received.startswith(b"HTTP/1."):
        return f"no HTTP: {received[:80]!r}"
    head, _, body = received.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if expected is not None and status not in expected:
        return f"{status} instead of {sorted(expected)}: {body[:200]!r}"
    if status >= 500 and status not in {501, 505}:
        return f"{status} for a client's fault"
    if re.search(rb"HTTP/1\.[01] \d{3} ", body):
        return f"a second head: {body[:200]!r}"
    if b"content-length" in fields and not item.bytes.startswith(b"HEAD") and len(body) != int(fields[b"content-length"]):
        return f"{len(body)} bytes instead of {fields[b'content-length']}"
    if is_direct and status >= 400:
        if fields.get(b"content-type") != b"application/problem+json":
            return f"no problem document: {fields.get(b'content-type')}"
        if not {"code", "detail", "trace_id", "status"} <= json.loads(body).keys():
            return f"not a whole problem document: {body!r}"
    return None


def run(connect, is_direct):
    def one(item):
        expected = item.direct if is_direct else item.caddy
        try:
            with connect() as connection:
                found = problem_with(item, *exchange(connection, item.bytes), expected, is_direct)
        except OSError as error:
            found = f"{error!r}"
        return f"{item.name}: {found}" if found else None

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        return [line for line in pool.map(one, CASES) if line]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    home = tmp_path_factory.mktemp("corpus")
    path = ecosystem.topology(home, services="{service_a: {}, kms: {}, 2fa: {}, typesense_client: {}}")
    text = path.read_text().replace('"127.0.0.1:0"', '"127.0.0.1:0", head_timeout: 4s, receive_timeout: 4s')
    path.write_text(text)
    with ecosystem.up(path, home / "log") as client:
        yield client.origin.removeprefix("http://")


def test_there_are_enough():
    assert len(CASES) >= 400 and len({item.name for item in CASES}) == len(CASES)


def test_each_gets_one_answer_from_the_gateway(gateway):
    host, port = gateway.rsplit(":", 1)
    failed = run(lambda: socket.create_connection((host, int(port)), BUDGET), True)
    assert not failed, "\n" + "\n".join(failed)


def test_each_gets_one_answer_through_caddy(gateway, tmp_path):
    edge = Edge(tmp_path, gateway)
    try:
        edge.wait_until_it_serves()
        failed = run(lambda: edge.connect("localhost"), False)
    finally:
        code = edge.stop()
    assert code == 0
    assert not failed, "\n" + "\n".join(failed)
