"""What real processes send to a collector, judged by OpenTelemetry's own protobuf."""

import base64
import http.server
import json
import threading

import ecosystem
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TRACE, CLIENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(http.server.BaseHTTPRequestHandler):
    """Says 503 once, then takes everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Content-Type"], body))
        status = 503 if len(self.server.asked) == 1 else 200
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def request(body):
    """The document as protobuf reads it: OTLP's JSON has ids in hex, protobuf's own has bytes in base64."""
    document = json.loads(body)
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        assert span[name] == span[name].lower()
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    # Refuses what it does not know.
    return json_format.ParseDict(document, ExportTraceServiceRequest())


def attributes(of):
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in of.attributes}


def test_spans_of_a_request(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = ecosystem.topology(tmp_path)
    url = f"http://127.0.0.1:{server.server_port}"
    with open(path, "a") as file:
        file.write(f"telemetry: {{otlp: {url}, interval: 50ms, drain_timeout: 20s}}\n")
    with ecosystem.up(path, tmp_path / "log") as client:
        ada = client.registered()
        traceparent = f"00-{TRACE}-{CLIENT}-01"
        element = {"elementType": "script", "elementId": 1, "comment": "told"}
        assert ada.send("POST", "/service_a/sequence", element, traceparent=traceparent).status_code == 201
        assert ada.get("/service_a/sequence/script/7", traceparent=traceparent).status_code == 404
        assert ada.get("/service_a/sequences", traceparent=f"00-{TRACE[::-1]}-{CLIENT}-00").ok
    server.shutdown()

    assert {(path, kind) for path, kind, _ in server.asked} == {("/v1/traces", "application/json")}
    spans, all_ids = {}, set()
    for _, _, body in server.asked[1:]:
        for resource in request(body).resource_spans:
            source = attributes(resource.resource)
            assert source["service.namespace"] == "outside" and source["service.instance.id"]
            for span in resource.scope_spans[0].spans:
                assert len(span.trace_id) == 16 and len(span.span_id) == 8
                assert span.span_id not in all_ids, "sent twice"
                all_ids.add(span.span_id)
                assert span.trace_id.hex() != TRACE[::-1], "its client did not want it sampled"
                assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
                if span.trace_id.hex() == TRACE:
                    spans[source["service.name"], span.kind, span.name] = span
    asked = spans["gateway", Span.SPAN_KIND_SERVER, "POST /service_a/sequence"]
    called = spans["gateway", Span.SPAN_KIND_CLIENT, "service_a.sequence"]
    served = spans["service_a", Span.SPAN_KIND_SERVER, "service_a.sequence"]
    assert asked.parent_span_id.hex() == CLIENT
    assert called.parent_span_id == asked.span_id and served.parent_span_id == called.span_id
    assert attributes(asked)["http.response.status_code"] == 201
    assert attributes(called)["fountain.attempts"] == 1 and attributes(called)["fountain.replayed"] is False
    # The caller's mistake: no error of who served, one of who called.
    missing = {kind: span for (_, kind, name), span in spans.items() if name == "service_a.sequence.read"}
    assert missing[Span.SPAN_KIND_SERVER].status.code == Status.STATUS_CODE_UNSET
    assert missing[Span.SPAN_KIND_CLIENT].status.code == Status.STATUS_CODE_ERROR
    assert attributes(missing[Span.SPAN_KIND_CLIENT])["error.type"] == "not_found"
