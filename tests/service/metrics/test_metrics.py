"""What `/metrics` shows: every name as documented, and figures that follow what happens."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from service.metrics.metrics import Metrics
from service.metrics.sizes import Sizes
from service.metrics.table import BY_NAME, FAST, TABLE
from service.service import opened
from service.settings import Settings
from service.views.work import Work
from service.write.timing import Ordered, Written
from tests.http_spec import (
    FILED,
    PAGE,
    SSE,
    Api,
    Ask,
    Server,
    claim,
    evidence,
    indicator,
    report,
    sha256,
    stored,
    views_held,
)
from tests.places import DOCS
from tests.processes import until
from tests.service.api.schema_check import running
from tests.service.views.test_views import on_disk

PATIENCE = 30
OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0;escaping=underscores"}
ROWS = re.findall(
    r"^\| `((?:intellog|process)_\w+)` \| (\w+) \| (.+?) \| (.+?) \|$",
    (DOCS / "operating.md").read_text("utf-8"),
    re.MULTILINE,
)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(families: Iterable[Family]) -> Samples:
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value
        for family in families
        for each in family.samples
    }


def scraped(client: httpx2.Client) -> Samples:
    return samples(prometheus(client.get("/metrics").text))


def value(client: httpx2.Client, name: str, **labels: str) -> float | None:
    """A figure as a monitor reads it; None where there is none."""
    return scraped(client).get((f"intellog_{name}", tuple(sorted(labels.items()))))


def wait_for(client: httpx2.Client, name: str, wanted: float, **labels: str) -> None:
    """Read a figure until it is what it must become: a request is counted once its answer has gone."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value(client, name, **labels) == wanted:
            return
    pytest.fail(f"{name} {labels} is {value(client, name, **labels)}, not {wanted}")


def test_the_page_lists_what_the_table_has() -> None:
    listed = [
        (name, kind, tuple(re.findall(r"`(\w+)`", labels)), meaning)
        for name, kind, labels, meaning in ROWS
    ]
    assert listed == [(each.name, each.kind, each.labels, each.help) for each in TABLE]


@pytest.mark.parametrize("metric", TABLE, ids=lambda metric: metric.name)
def test_names_follow_the_conventions(metric: Any) -> None:
    assert re.fullmatch(r"(intellog|process)_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert "milliseconds" not in metric.name and metric.help.endswith(".")
    if "duration" in metric.name or "wait_" in metric.name:
        assert metric.name.endswith("_seconds")


@pytest.mark.parametrize("headers", [{}, OPENMETRICS], ids=["prometheus", "openmetrics"])
def test_everything_that_is_shown_is_in_the_table_and_the_other_way_round(
    serving: Callable[..., Any], tmp_path: Path, headers: dict[str, str]
) -> None:
    with (
        opened(Settings(data=tmp_path / "own"), separate_projector=True) as service,
        running(service) as client,
    ):
        client.put("/v1/sources/nis", json={})
        client.post("/v1/reports", json={})
        assert service.follower.wait(1, PATIENCE)
        wait_for(client, "refusals_total", 1, code="invalid")
        answer = client.get("/metrics", headers=headers)
        assert answer.headers["content-type"].startswith(
            headers.get("Accept", "text/plain").split(";")[0]
        )
        parse = openmetrics if headers else prometheus
        found = dict[str, tuple[str, str]]()
        for family in parse(answer.text):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = (family.type, family.documentation)
            labels = {label for each in family.samples for label in each.labels} - {"le"}
            assert labels == set(BY_NAME[name].labels) if name.startswith("intellog_") else not labels
        assert found.keys() == BY_NAME.keys()
        for name, (kind, text) in found.items():
            assert kind == BY_NAME[name].kind
            assert text == BY_NAME[name].help or "process_" in name


@pytest.mark.parametrize(
    ("accepted", "media_type"),
    [
        ("", "text/plain; version=0.0.4"),
        ("*/*", "text/plain; version=0.0.4"),
        ("text/plain;version=1.0.0", "text/plain; version=1.0.0"),
        ("application/openmetrics-text", "application/openmetrics-text; version=1.0.0"),
        ("application/openmetrics-text;version=x", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=", "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_the_format_is_the_one_that_is_accepted(api: Api, accepted: str, media_type: str) -> None:
    answer = api.client.get("/metrics", headers={"Accept": accepted})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(media_type)
    assert answer.text.endswith("# EOF\n") == media_type.startswith("application")


def test_writes_are_counted(api: Api) -> None:
    api.given(*FILED)
    head = api.head()
    assert value(api.client, "log_head") == value(api.client, "events_appended_total") == head
    assert (
        value(api.client, "commit_commands_sum") == value(api.client, "write_wait_seconds_count") == 2
    )
    assert (value(api.client, "commit_duration_seconds_sum") or 0) > 0
    assert value(api.client, "write_queue_requests") == value(api.client, "write_queue_bytes") == 0
    assert value(api.client, "commits_failed_total") == 0


def test_a_batch_is_counted_by_its_times() -> None:
    metrics, second = Metrics(), 10**9
    orders = [Ordered(0, None), Ordered(second, None)]
    metrics.written(Written(orders, 2 * second, 5 * second, 7, 9, failed=False))
    metrics.written(Written(orders[:1], second, 2 * second, 1, 0, failed=True))
    found = samples(metrics.registry.collect())
    assert found["intellog_commit_duration_seconds_sum", ()] == 3
    assert found["intellog_commit_commands_sum", ()] == 7
    assert found["intellog_events_appended_total", ()] == 9
    assert found["intellog_write_wait_seconds_sum", ()] == 2 + 1 + 1
    assert found["intellog_commits_failed_total", ()] == 1


def test_requests_are_counted_by_the_template_of_their_address(api: Api) -> None:
    api.given(*FILED)
    requests = "http_requests_total"
    for path in ("/v1/reports/r1", "/v1/reports/secret-name", "/v1/estimates.csv", "/no/secret-name"):
        api.client.get(path)
    api.client.head("/v1/reports/r1")
    api.client.request("PROPFIND", "/v1/reports/r1")
    wait_for(api.client, requests, 1, operation="none", method="OTHER", status="4xx")
    for status in ("2xx", "4xx"):
        wait_for(api.client, requests, 1, operation="/v1/reports/{id}", method="GET", status=status)
    wait_for(api.client, requests, 1, operation="/v1/estimates", method="GET", status="2xx")
    wait_for(api.client, requests, 1, operation="none", method="GET", status="4xx")
    took = "http_request_duration_seconds_count"
    wait_for(api.client, took, 1, operation="/v1/reports/{id}", method="HEAD")
    assert "secret-name" not in api.client.get("/metrics").text


def test_refusals_are_counted_by_code_on_every_way_in(api: Api) -> None:
    api.given(*FILED)
    api.send(report("r2", claim(about="tanks")))
    wait_for(api.client, "refusals_total", 1, code="unknown-indicator")
    bad = {"file_report": {"id": "r3", "publisher": "wire", "published_at": "2025-01-01", "claims": []}}
    api.import_(bad, {"hold_report": {"report": "r9", "reason": "why"}})
    wait_for(api.client, "refusals_total", 1, code="not-found")
    api.client.get("/reports/r9", headers={"Accept": "text/html"})
    wait_for(api.client, "refusals_total", 2, code="not-found")
    api.client.get("/v1/sources", params={"published": "2025"})
    wait_for(api.client, "refusals_total", 1, code="unknown-parameter")
    wait_for(api.client, "imports_running", 0)


def test_what_is_open_is_shown_while_it_is(api: Api) -> None:
    api.given(*FILED)
    assert value(api.client, "streams_open") == 0
    with api.client.stream("GET", "/v1/events", headers={"Accept": SSE}) as answer:
        assert answer.status_code == 200
        wait_for(api.client, "streams_open", 1)
    wait_for(api.client, "streams_open", 0)
    assert value(api.client, "questions_running") == value(api.client, "questions_waiting") == 0
    counted = value(
        api.client, "http_request_duration_seconds_count", operation="/v1/events", method="GET"
    )
    assert counted is None, "the time of a stream says nothing"


def test_lag_is_shown_of_every_projection(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, grace=0.0) as api:
        api.given(indicator(), report("r1", claim(1)))
        api.get("/v1/estimates/troops")
        with views_held(api):
            api.given(report("r2", claim(2)))
            behind = value(api.client, "views_lag_events")
            assert behind and behind > 0
            assert value(api.client, "projection_lag_events", projection="claims") == behind
            assert (value(api.client, "projection_lag_seconds", projection="board") or 0) > 0
            assert (value(api.client, "views_stalled_seconds") or 0) > 0
        wait_for(api.client, "views_lag_events", 0)
        wait_for(api.client, "views_stalled_seconds", 0)
        wait_for(api.client, "projection_pending", 0, projection="estimates")
        wait_for(api.client, "projection_pending", 0, projection="board")
        assert value(api.client, "projection_position", projection="sums") == api.head()


def test_a_rebuild_is_shown(api: Api) -> None:
    api.given(*FILED)
    head = api.head()
    assert value(api.client, "rebuild_total_events") == 0
    api.client.post("/v1/projections/claims/rebuild")
    wait_for(api.client, "rebuild_done_events", head)
    wait_for(api.client, "rebuild_running", 0)
    assert value(api.client, "rebuild_failed") == 0
    assert value(api.client, "rebuild_differing_projections") == 0
    assert (value(api.client, "views_kept_bytes") or 0) > 0


def test_a_rebuild_that_finds_other_rows_is_shown(api: Api) -> None:
    api.given(*FILED)
    api.get("/v1/estimates")
    on_disk(api.service.views.file, "UPDATE sources SET version = version + 100")
    api.client.post("/v1/projections/claims/rebuild")
    wait_for(api.client, "rebuild_differing_projections", 1)


def test_the_projector_process_tells_what_it_does(tmp_path: Path) -> None:
    with (
        opened(Settings(data=tmp_path / "own"), separate_projector=True) as service,
        running(service) as client,
    ):
        client.put("/v1/sources/nis", json={})
        wait_for(client, "projector_events_total", 1)
        assert value(client, "projector_batch_duration_seconds_count") == 1
        assert value(client, "projector_batch_duration_seconds_bucket", le="+Inf") == 1
        assert (value(client, "projector_batch_duration_seconds_sum") or 0) > 0
        assert (value(client, "projector_process_resident_memory_bytes") or 0) > 1_000_000
        assert value(client, "projector_restarts_total") == 0
        assert service.follower.pid is not None
        os.kill(service.follower.pid, signal.SIGKILL)
        wait_for(client, "projector_restarts_total", 1)
        client.put("/v1/sources/hur", json={})
        assert service.follower.wait(2, PATIENCE)
        wait_for(client, "projector_events_total", 1)  # it counts from nothing


def test_work_is_kept_by_how_long_batches_took() -> None:
    work = Work()
    for seconds in (0.0, FAST[0], 0.2, 99.0):
        work.note(10, seconds)
    assert work.events == 40 and work.seconds == pytest.approx(99.2 + FAST[0])
    assert work.counts[0] == 2 and work.counts[-1] == 1 and sum(work.counts) == 4


def test_sizes_are_those_of_the_files(api: Api) -> None:
    api.given(*FILED)
    assert api.send(stored()).is_success
    api.given(report("r2", claim(3), evidence=evidence()))
    folder = api.service.settings.data
    kept = folder / "evidence" / sha256()[:2]
    sizes = dict(Sizes(folder).read())
    assert sizes["evidence_bytes"] == sum(each.stat().st_size for each in kept.iterdir()) >= len(PAGE)
    assert sizes["log_bytes"] == sum(each.stat().st_size for each in folder.glob("log.sqlite*"))
    until(  # rows may still be built
        lambda: [dict(Sizes(folder).read())["views_bytes"], _size(folder, "views-*")],
        lambda sizes: sizes[0] == sizes[1] > 0,
    )
    assert 0 < sizes["disk_free_bytes"] < sizes["disk_size_bytes"]
    assert "log_bytes" not in dict(Sizes(folder / "none").read())


def _size(folder: Path, pattern: str) -> int:
    return sum(each.stat().st_size for each in folder.glob(pattern))


def test_each_service_counts_for_itself(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "one") as one:
        one.given(*FILED)
        assert value(one.client, "events_appended_total") == one.head()
    with server.over(tmp_path / "two") as two:
        assert value(two.client, "events_appended_total") == 0


def test_what_is_counted_has_no_address_or_name(api: Api) -> None:
    """Whatever is asked, a series is one of a bounded number."""
    api.given(*FILED)
    for n in range(30):
        api.send(Ask("GET", f"/v1/reports/none-{n}"))
    of_reports = {"operation": "/v1/reports/{id}", "method": "GET", "status": "4xx"}
    wait_for(api.client, "http_requests_total", 30, **of_reports)
    label = ("operation", "/v1/reports/{id}")
    names = [name for name, labels in scraped(api.client) if label in labels]
    assert names.count("intellog_http_requests_total") == 1
