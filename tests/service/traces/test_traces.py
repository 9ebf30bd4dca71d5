"""Traces: a span for each request and two for each write, in the trace of the caller, if wanted."""

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from service.service import opened
from service.settings import BadSetting, Settings, from_environment
from service.traces.setting import opened_traces
from service.traces.spans import Traces
from service.write.timing import Ordered, Written
from tests.http_spec import DAY, NDJSON, claim
from tests.places import ROOT
from tests.service.api.schema_check import running

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
PATIENCE = 30


@contextmanager
def traced(folder: Path) -> Iterator[tuple[httpx2.Client, InMemorySpanExporter]]:
    """A service whose spans are kept in memory."""
    kept = InMemorySpanExporter()
    traces = Traces(SimpleSpanProcessor(kept))
    with (
        opened(Settings(data=folder), open_traces=lambda settings: traces) as service,
        running(service) as client,
    ):
        yield client, kept


def wait_for(kept: InMemorySpanExporter, name: str) -> ReadableSpan:
    """The span of a request, which ends after its answer has gone."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for span in kept.get_finished_spans():
            if span.name == name:
                return span
    pytest.fail(f"there is no {name} among {[span.name for span in kept.get_finished_spans()]}")


def named(kept: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in kept.get_finished_spans() if span.name == name]


def ids(span: ReadableSpan) -> tuple[int, int, int | None]:
    """The trace, the span and its parent."""
    assert span.context is not None
    return span.context.trace_id, span.context.span_id, span.parent.span_id if span.parent else None


def test_a_write_has_two_spans_in_the_trace_of_its_caller(tmp_path: Path) -> None:
    with traced(tmp_path) as (client, kept):
        client.put("/v1/sources/nis", json={"note": "a secret note"}, headers=CALLER)
        request = wait_for(kept, "PUT /v1/sources/{id}")
        [queue], [commit] = named(kept, "queue"), named(kept, "commit")
    trace, span, parent = ids(request)
    assert (trace, parent) == (int(TRACE, 16), int(PARENT, 16)) and request.kind is SpanKind.SERVER
    assert ids(queue)[::2] == ids(commit)[::2] == (trace, span)
    assert request.start_time and queue.start_time and queue.end_time and commit.end_time
    assert request.start_time <= queue.start_time <= queue.end_time == commit.start_time
    assert commit.start_time <= commit.end_time
    assert dict(commit.attributes or {}) == {"intellog.commands": 1, "intellog.events": 1}
    attributes = dict(request.attributes or {})
    assert attributes.pop("intellog.request_id")
    assert attributes == {
        "http.request.method": "PUT",
        "http.route": "/v1/sources/{id}",
        "http.response.status_code": 201,
    }
    assert "secret note" not in str([each.to_json() for each in (request, queue, commit)])
    assert request.resource.attributes["service.name"] == "intellog"


def test_without_a_trace_of_the_caller_a_request_begins_one(tmp_path: Path) -> None:
    with traced(tmp_path) as (client, kept):
        client.get("/v1/sources/nobody?min_position=0", headers={"traceparent": "nonsense"})
        request = wait_for(kept, "GET /v1/sources/{id}")
        assert ids(request)[2] is None and "nobody" not in request.to_json()
        assert named(kept, "queue") == []


def test_every_batch_of_an_import_is_a_write_of_its_trace(tmp_path: Path) -> None:
    line = b'{"register_source": {"id": "nis"}}\n{"define_indicator": {"id": "x", "title": "X", '
    body = line + b'"measure": "stock"}}\n'
    with traced(tmp_path) as (client, kept):
        client.post("/v1/import", content=body, headers={"Content-Type": NDJSON, **CALLER})
        wait_for(kept, "POST /v1/import")
        [commit] = named(kept, "commit")
        assert ids(commit)[0] == int(TRACE, 16)
        assert dict(commit.attributes or {})["intellog.commands"] == 2


def test_what_fails_is_marked() -> None:
    kept = InMemorySpanExporter()
    traces = Traces(SimpleSpanProcessor(kept))
    traces.written(Written([Ordered(1, Context()), Ordered(1, None)], 2, 3, 1, 0, failed=True))
    assert [span.name for span in kept.get_finished_spans()] == ["queue", "commit"]
    [commit] = named(kept, "commit")
    assert commit.status.status_code is StatusCode.ERROR
    assert (commit.end_time or 0) - (commit.start_time or 0) == 1


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        (COLLECTOR, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({**COLLECTOR, "OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({**COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**COLLECTOR, "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_SERVICE_NAME": "desk"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
    ],
)
def test_the_standard_variables_turn_them_on(
    tmp_path: Path, environment: dict[str, str], wanted: bool
) -> None:
    assert from_environment(tmp_path, environment).traces is wanted


def test_another_exporter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="OTEL_TRACES_EXPORTER=zipkin: must be otlp or none"):
        from_environment(tmp_path, {**COLLECTOR, "OTEL_TRACES_EXPORTER": "zipkin"})


def test_without_the_extra_the_setting_is_refused_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "service.traces.spans")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    for name in [each for each in sys.modules if each.startswith("opentelemetry.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BadSetting, match=r"pip install 'intellog\[otel\]'"):
        opened_traces(Settings(data=tmp_path, traces=True))


def test_the_library_is_not_imported_without_the_setting(tmp_path: Path) -> None:
    """FastAPI imports its interface wherever it is installed, but not what makes or sends spans."""
    program = (
        "import sys; from pathlib import Path\n"
        "from service.server import running; from service.service import opened\n"
        "from service.settings import from_environment\n"
        "with opened(from_environment(Path(sys.argv[1]))) as s, running(s) as client:\n"
        "    client.put('/v1/sources/nis', json={}).raise_for_status()\n"
        "ours = ('opentelemetry.sdk', 'opentelemetry.exporter', 'service.traces.spans')\n"
        "print([name for name in sys.modules if name.startswith(ours)])\n"
    )
    environment = {"PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "[]\n", done.stderr


def test_they_are_sent_to_a_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over OTLP and HTTP, in the background, and all of them when the service closes."""
    received = list[tuple[str, Any]]()

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "the-desk")
        settings = from_environment(tmp_path)
        with opened(settings) as service, running(service) as client:
            client.put("/v1/indicators/troops", json={"title": "T", "measure": "stock"}, headers=CALLER)
            report = {"id": "r1", "publisher": "wire", "published_at": DAY, "claims": [claim()]}
            client.post("/v1/reports", json=report, headers=CALLER)
        server.shutdown()
    assert {path for path, _ in received} == {"/v1/traces"}
    sent = b"".join(body for _, body in received)
    assert sent.count(b"commit") == 2 and b"the-desk" in sent and bytes.fromhex(TRACE) in sent
