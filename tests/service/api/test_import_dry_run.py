"""An import that is only tried: it answers what the import itself would, and writes nothing."""

import json
from typing import Any

import pytest

from tests.http_spec import NDJSON, Api, Body, claim, ndjson, unchanged

DEFINED: Body = {"define_indicator": {"id": "troops", "title": "Troops", "measure": "stock"}}


def filed(name: str, *claims: Body, **fields: Any) -> Body:
    said = {"publisher": "wire", "published_at": "2025-01-10", "claims": [*claims] or [claim()]}
    return {"file_report": {"id": name, **said, **fields}}


WHOLE = [
    DEFINED,
    filed("r1"),
    filed("r2", claim(200, derived_from=["r1/1"])),
    {"correct_report": {"report": "r1", "kind": "record", "claims": [{"n": 1, **claim(101)}]}},
    {"grade_source": {"source": "nis", "reliability": "B"}},
    {"withdraw_report": {"report": "r2", "kind": "record"}},
]
WRONG = [
    DEFINED,
    filed("r1"),
    filed("r1", claim(7)),
    filed("r3", claim(about="nowhere")),
    filed("r4", claim(derived_from=["r9/1"])),
    {"hold_report": {"report": "nobody"}},
    DEFINED,
    {"file_report": {"id": "r5"}},
]


def imported(api: Api, lines: list[Body], *, dry_run: bool) -> list[Body]:
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    answer = api.client.post(
        "/v1/import",
        params={"dry_run": "true"} if dry_run else {},
        content=body,
        headers={"Content-Type": NDJSON},
    )
    assert answer.status_code == 200, answer.text
    return ndjson(answer.content)


@pytest.mark.parametrize("lines", [WHOLE, WRONG, WHOLE * 2, WRONG * 2, []])
def test_it_answers_what_the_import_itself_would_and_writes_nothing(
    api: Api, lines: list[Body]
) -> None:
    with unchanged(api):
        tried = imported(api, lines, dry_run=True)
    assert tried == imported_alike(tried, imported(api, lines, dry_run=False))


def imported_alike(tried: list[Body], done: list[Body]) -> list[Body]:
    """The answer of an import as that of a dry run: it says so, and its position is the head before."""
    last = {**done[-1], "position": tried[-1]["position"], "dry_run": True}
    return [*done[:-1], last]


def test_later_batches_see_what_was_decided_in_those_before(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.interop.import_run.BATCH_LINES", 1)
    with unchanged(api):
        [last] = imported(api, WHOLE, dry_run=True)
    assert (last["accepted"], last["refused"]) == (6, 0)


def test_what_is_in_the_log_is_a_duplicate_in_a_dry_run_too(api: Api) -> None:
    imported(api, WHOLE, dry_run=False)
    with unchanged(api):
        [last] = imported(api, [*WHOLE, filed("r9")], dry_run=True)
    assert (last["accepted"], last["duplicates"]) == (1, len(WHOLE))
    assert last["position"] == api.head()
