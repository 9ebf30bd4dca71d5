"""What somebody may try to write who cannot see what it names: every address, and lines of an import.

Each is refused, or only tried, so that nothing is written. The names of what is hidden are taken all
the same; those that would take one are `TAKEN`.
"""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from domain.vocabulary import MARKINGS
from tests.http_spec import NDJSON, Ask, evidence, indicator, post, report, source, stored
from tests.service.access.canaries import WORDS, cited, copy_of, said, webhook
from tests.service.access.questions import HTML
from tests.service.witness.logs import small_log

RED = WORDS[MARKINGS[-1]]
FORM = "application/x-www-form-urlencoded"


def unlink(claim: str, parent: str) -> Ask:
    return Ask("DELETE", f"/v1/claims/{claim}/links/{parent}")


def about(name: str) -> list[Ask]:
    """What names a restricted thing, or what was never there, by the beginning of its id."""
    cable, depot = f"{name}-cable", f"{name}-depot"
    return [
        report("new-1", said(5, depot)),
        report("new-2", said(5, derived_from=[f"{cable}/1"]), published_at="2025-02-20"),
        report("new-3", said(5, rests_on=[f"{name}-late/1"]), published_at="2025-02-20"),
        post(f"/v1/reports/{cable}/corrections", kind="record", claims=[{**said(5), "n": 1}]),
        post("/v1/reports/open-1/corrections", kind="record", claims=[{**said(5, depot), "n": 1}]),
        post(f"/v1/reports/{cable}/withdrawal", kind="record"),
        post(f"/v1/reports/{cable}/redaction", authority="a court"),
        post(f"/v1/reports/{cable}/hold"),
        post(f"/v1/reports/{name}-held/release"),
        post(f"/v1/reports/{name}-late/marking", marking="TLP:CLEAR"),
        post(f"/v1/reports/{name}-late/marking", marking="TLP:RED"),
        post(f"/v1/claims/{cable}/1/grades", credibility=1),
        post(f"/v1/claims/{cable}/1/links", derived_from="open-1/1"),
        post("/v1/claims/open-6/1/links", derived_from=f"{cable}/1"),
        post(f"/v1/claims/{name}-late/1/disputes", by="kcna"),
        unlink(f"{cable}/1", "open-1/1"),
        unlink("open-6/1", f"{cable}/1"),
        indicator("new", parts=["troops", depot]),
        indicator("new", plans_for=depot),
        webhook("new", indicator=depot),
        webhook("new", source=f"{name}-mole"),
        post(f"/v1/webhooks/{name}-hook/redeliver", after=0),
        Ask("DELETE", f"/v1/webhooks/{name}-hook"),
        post(f"/v1/indicators/{depot}/assessments", best=1, confidence="low"),
        post("/v1/indicators/troops/assessments", best=1, confidence="low", claims=[f"{cable}/1"]),
        cited("new-1", depot),
        cited("new-2", "troops", originator=f"{name}-mole"),
        Ask("DELETE", f"/v1/citations/{name}-cited"),
        Ask("DELETE", f"/v1/citations/{name}-cited-depot"),
    ]


TRIED = [
    report("new-4", said(1_300)),
    report("new-5", said(35, "killed", period="2025-02", incident="raid")),
    report("new-6", said(35, "lost", originator="mnd")),
    report("new-7", said(350, "guards", derived_from=["open-1/3"]), published_at="2025-02-20"),
    source("nis", name="Another name"),
    source("mouth-4", name="Another name"),
    indicator("forces", title="Another title", parts=["troops"]),
    indicator("draft-4", title="Another title"),
    post("/v1/sources/nis/grades", reliability="E"),
    post("/v1/reports/open-1/corrections", kind="record", claims=[{**said(5), "n": 1}]),
    post("/v1/reports/open-1/withdrawal", kind="record"),
    post("/v1/reports/open-6/hold"),
    post("/v1/reports/open-6/marking", marking="TLP:GREEN"),
    post("/v1/claims/open-1/1/grades", credibility=5),
    post("/v1/claims/open-6/1/links", derived_from="open-1/1"),
    post("/v1/claims/open-1/1/disputes", by="kcna"),
    post("/v1/indicators/guards/assessments", best=1, confidence="low", claims=["open-1/3"]),
    unlink("open-2/1", "open-1/2"),
    cited("new-3", "troops"),
    cited("cited-1", "troops", note="in the table"),
    Ask("DELETE", "/v1/citations/cited-1"),
]
"""Changes of what is open, which are only tried."""


def taken(name: str) -> list[Ask]:
    """What would take the id of a restricted thing."""
    return [
        report(f"{name}-cable"),
        cited(f"{name}-cited", "troops"),
        indicator(f"{name}-depot"),
        source(f"{name}-mole"),
        post(f"/v1/sources/{name}-mole/grades", reliability="A"),
        source("new", speaks_for=f"{name}-mole"),
        report("new-8", said(5, originator=f"{name}-mole")),
        report("new-8", said(5), publisher=f"{name}-mole"),
        post("/v1/claims/open-1/1/disputes", by=f"{name}-mole"),
    ]


def attempts() -> Iterator[Ask]:
    """Everything that is refused or tried."""
    for name in (RED, f"{RED}x"):
        yield from about(name)
        yield from map(dry, about(name))
        yield from (ask.under(if_match='"1"') for ask in about(name))
        yield from (ask.under(idempotency_key=f"{ask.method} {ask.path}") for ask in about(name))
        yield from (imported(name), dry(imported(name)), dry(table(name)))
        for do in ("try", "file"):
            yield form(name, do)
            yield from (sent(at, do, typed) for at, typed in act_forms(name))
    yield from map(dry, TRIED)
    for copy in (copy_of(MARKINGS[-1]), b"Another copy\n"):
        yield dry(report("new-11", said(1_300), evidence=evidence(copy, "text/plain")))
        yield stored(copy, "text/plain")
        yield Ask("GET", stored(copy).path)
    yield attached(f"{RED}-cable")
    yield attached("nothing")
    for name in (RED, f"{RED}x"):
        text = f"The {name}-mole said that 5 guards of the {name}-depot had been killed in the raid."
        yield post("/v1/proposals", text=text, published_at="2025-02-20")
        yield post("/v1/proposals/check", text=text, claims=[said(5, f"{name}-depot")])
        yield sent("/read", "read", {"/text": text, "/published_at": "2025-02-20"})
        strange = small_log(f"{name}-cable.example", 2).addition(0)
        yield Ask("POST", "/add-checkpoint", strange, {"Content-Type": "text/plain"})


def dry(ask: Ask) -> Ask:
    """The same, only tried."""
    return Ask(ask.method, f"{ask.path}?dry_run=true", ask.body, ask.headers)


def imported(name: str) -> Ask:
    """Lines of an import that are all refused."""
    cable, linked = f"{name}-cable", [f"{name}-late/1"]
    dated = {"publisher": "wire", "published_at": "2025-02-20"}
    lines = [
        {"file_report": {"id": "new-9", **dated, "claims": [said(5, f"{name}-depot")]}},
        {"file_report": {"id": "new-9", **dated, "claims": [said(5, derived_from=linked)]}},
        {"hold_report": {"report": cable}},
        {"mark_report": {"report": cable, "marking": "TLP:CLEAR"}},
        {"grade_claim": {"claim": f"{cable}/1", "credibility": 1}},
        {"link_claim": {"claim": "open-6/1", "derived_from": f"{cable}/1"}},
        {"unlink_claim": {"claim": "open-6/1", "derived_from": f"{cable}/1"}},
        {"dispute_claim": {"claim": f"{cable}/1", "by": "kcna"}},
        {"record_assessment": {"indicator": f"{name}-depot", "best": 1, "confidence": "low"}},
        {"cite_figure": {"indicator": f"{name}-depot", "where": "Bulletin"}},
        {"close_citation": {"citation": f"{name}-cited"}},
    ]
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    return Ask("POST", "/v1/import", body, {"Content-Type": NDJSON})


def table(name: str) -> Ask:
    """A table with a claim on a restricted indicator, previewed."""
    mapping = (
        "[report]\nid = 'new-11'\npublisher = 'wire'\npublished_at = '2025-02-20'\n[[claim]]\n"
        "indicator = '{about}'\noriginator = 'nis'\n"
        "quantity = { best = 5 }\nderived_from = ['{from}']\n"
    )
    rows = f"about,from\n{name}-depot,{name}-cable/1\n"
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{part}"; filename="f"\r\n\r\n{text}\r\n'
        for part, text in (("table", rows), ("mapping", mapping))
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return Ask("POST", "/v1/tables/preview", f"{parts}--b--\r\n".encode(), headers)


def form(name: str, do: str) -> Ask:
    """A report on a restricted indicator by the form."""
    fields = {
        "/id": "new-10",
        "/publisher": "wire",
        "/published_at": "2025-02-20",
        "/claims/0/indicator": f"{name}-depo",
        "/claims/0/originator": "nis",
        "/claims/0/quantity/best": "5",
        "/claims/0/derived_from": f"{name}-cable/1",
    }
    return sent("/post", do, fields)


def sent(at: str, do: str, fields: dict[str, str]) -> Ask:
    """A form at an address, sent by one of its buttons."""
    headers = {"Content-Type": FORM, "Accept": HTML}
    return Ask("POST", at, urlencode({**fields, "do": do}).encode(), headers)


def act_forms(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The forms of acts on a restricted thing, and on what is open that name one."""
    cable, depot, mole = f"{name}-cable", f"{name}-depot", f"{name}-mole"
    for act in ("correct", "withdraw", "hold", "release", "mark"):
        yield f"/reports/{cable}/{act}", {"/kind": "record", "version": "1"}
    for act in ("grade", "link", "unlink", "dispute"):
        yield f"/claims/{name}-late/1/{act}", {}
    yield f"/indicators/{depot}/edit", {"/title": "T", "/measure": "stock", "version": "1"}
    yield f"/indicators/{depot}/assess", {"/best": "1", "/confidence": "low"}
    yield f"/sources/{mole}/edit", {"/name": "M", "version": "1"}
    yield f"/sources/{mole}/grade", {"/reliability": "A"}
    yield "/citations/new", {"/indicator": depot, "/where": "Bulletin"}
    yield f"/citations/{name}-cited/close", {}
    yield "/claims/open-6/1/link", {"/derived_from": f"{cable}/1"}
    yield "/claims/open-6/1/unlink", {"/derived_from": f"{cable}/1"}
    yield "/indicators/new", {"/id": "new", "/title": "T", "/measure": "stock", "/parts": depot}
    yield "/indicators/troops/assess", {"/best": "1", "/confidence": "low", "/claims": f"{cable}/1"}


def attached(name: str) -> Ask:
    """A file attached to a report by its page."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": HTML}
    return Ask("POST", f"/reports/{name}/evidence", body, headers)
