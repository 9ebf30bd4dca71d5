"""Forms filled from what stands and read again: nothing is lost, and what is shown is no change."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import CorrectReport, DefineIndicator, FileReport
from domain.errors import Refused
from domain.streams.report import filing
from domain.streams.report_state import Filed, Unfiled, evolve, in_force
from domain.vocabulary import LARGEST, Quote
from service.http.bodies import parse
from service.web.acts.correction import only_changes
from service.web.acts.standing import as_correction
from service.web.form.derived import layout_of
from service.web.form.field import number, shown
from service.web.form.filled import Form, read
from service.web.form.report_fields import REPORT_LAYOUT
from tests.spec import a
from tests.strategies import filing as filings

CORRECTION = layout_of(CorrectReport)
texts = st.text(max_size=20) | st.sampled_from([" x ", "\r\n\r\n", "a\nb\rc", "10.000", "\n"])
numbers = st.integers(-LARGEST, LARGEST) | st.floats(-1e15, 1e15, allow_subnormal=True)


def as_sent(form: Form) -> Form:
    """The form as a browser sends it back."""
    typed = {name: text.replace("\n", "\r\n") for name, text in form.typed.items()}
    return read(form.layout, urlencode(typed).encode()).form


def filed(command: FileReport) -> tuple[Filed, Any]:
    """A report that was filed, and what stands of it as a correction would say it."""
    state = evolve(Unfiled(), filing(command, "r-1"))
    assert isinstance(state, Filed)
    version = in_force(state)
    assert version is not None
    return state, as_correction("r-1", version)


@st.composite
def odd_filings(draw: st.DrawFn) -> FileReport:
    """A report with texts that no field shows as they are."""
    command = draw(filings)
    assert isinstance(command, FileReport)
    quote = Quote(exact=draw(texts.filter(bool)), prefix=draw(texts), suffix=draw(texts))
    claims = [
        each.model_copy(update={"text": draw(texts), "quote": draw(st.none() | st.just(quote))})
        for each in command.claims
    ]
    return command.model_copy(update={"title": draw(texts), "claims": tuple(claims)})


@given(odd_filings(), st.sampled_from(["record", "publisher"]))
def test_a_correction_that_is_sent_as_it_was_filled_changes_nothing(
    report: FileReport, kind: str
) -> None:
    state, stands = filed(report)
    form = as_sent(Form.of(CORRECTION, stands)).filled({"/kind": kind, "/published_at": "2025-03-01"})

    command = parse(CorrectReport, form.body(stands), {"report": "r-1"})

    assert only_changes(command, state) is None


@given(odd_filings(), st.data())
def test_a_correction_holds_the_fields_that_were_changed_and_no_others(
    report: FileReport, data: st.DataObject
) -> None:
    state, stands = filed(report)
    n = data.draw(st.integers(0, len(report.claims) - 1))
    form = as_sent(Form.of(CORRECTION, stands))
    changed = form.filled({"/kind": "record", f"/claims/{n}/cohort": "the east"})

    command = parse(CorrectReport, changed.body(stands), {"report": "r-1"})
    sent = only_changes(command, state)

    assert sent is not None and sent.provenance is None and sent.claims is not None
    for i, (claim, before) in enumerate(zip(sent.claims, state.filed.claims, strict=True)):
        expected = {**dict(before), "cohort": "the east"} if i == n else dict(before)
        said = {**dict(claim), "stated_at": claim.stated_at and claim.stated_at.at}
        assert said == {name: value for name, value in expected.items() if name != "stated_on"}


@given(filings)
def test_a_report_fills_its_form_and_is_read_from_it_again(report: FileReport) -> None:
    body = report.model_dump(mode="json", exclude_none=True)
    form = as_sent(Form.of(REPORT_LAYOUT, body))
    assert parse(FileReport, form.body()) == report


@given(numbers)
def test_a_number_is_read_as_it_is_shown(value: float) -> None:
    assert number(shown(value)) == value


def test_claims_are_matched_by_their_number_and_new_ones_have_none() -> None:
    claims = [{"indicator": "x", "originator": "nis", "text": f" {n} "} for n in (1, 2)]
    body = {"publisher": "w", "published_at": "2025-01-10", "claims": claims}
    state, stands = filed(a(FileReport, **body))
    form = Form.of(CORRECTION, stands).filled({"/kind": "record"}).without(0).with_another()
    form = form.filled({"/claims/1/indicator": "y", "/claims/1/originator": "mod"})

    sent = only_changes(parse(CorrectReport, form.body(stands), {"report": "r-1"}), state)

    assert sent is not None and sent.claims is not None
    assert [(each.n, each.text, each.indicator) for each in sent.claims] == [
        (2, " 2 ", "x"),
        (None, "", "y"),
    ]
    assert form.label("/claims/0/text") == "Claim 2, Our paraphrase"
    assert form.label("/claims/1/text") == "New claim, Our paraphrase"


@pytest.mark.parametrize(
    ("kind", "typed", "pointer"),
    [
        ("record", {"/provenance/title": " "}, "/provenance/title"),
        ("record", {"/provenance/publisher": ""}, "/provenance/publisher"),
        ("publisher", {"/provenance/published_at": "2025-01-09"}, "/provenance/published_at"),
    ],
)
def test_what_a_correction_cannot_say_is_refused_at_its_field(
    kind: str, typed: dict[str, str], pointer: str
) -> None:
    claim = {"indicator": "x", "originator": "nis"}
    body = {"publisher": "w", "published_at": "2025-01-10", "title": "T", "claims": [claim]}
    state, stands = filed(a(FileReport, **body))
    form = Form.of(CORRECTION, stands).filled({"/kind": kind, "/published_at": "2025-03-01", **typed})

    with pytest.raises(Refused) as refused:
        only_changes(parse(CorrectReport, form.body(stands), {"report": "r-1"}), state)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_an_empty_field_is_null_where_its_default_is_not() -> None:
    layout = layout_of(DefineIndicator)
    fresh = {name: field.default for name, field in layout.of_whole.items()}
    assert Form(layout, fresh, 0).body().count(b'"minimum":0') == 1
    assert b'"minimum":null' in Form(layout, {**fresh, "/minimum": " "}, 0).body()
    assert b"fresh_days" not in Form(layout, {**fresh, "/fresh_days": ""}, 0).body()
