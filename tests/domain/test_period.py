"""Periods: what is read, what is refused and why, and agreement with the edtf package."""

import math
import re
import string
import time
import warnings
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from domain.period import (
    LONGEST,
    BadPeriod,
    Period,
    day_period,
    parse_period,
    spanning,
    upper_instant,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def end_of(text: str | None) -> date | None:
    return None if text is None else day(text)


# -- accepted ---------------------------------------------------------------------------

ACCEPTED = [
    ("2024", "2024-01-01", "2024-12-31"),
    ("2024-12", "2024-12-01", "2024-12-31"),
    ("2025-06-26", "2025-06-26", "2025-06-26"),
    ("2024-02", "2024-02-01", "2024-02-29"),
    ("2025-02", "2025-02-01", "2025-02-28"),
    ("1900-02", "1900-02-01", "1900-02-28"),
    ("2000-02-29", "2000-02-29", "2000-02-29"),
    ("0001", "0001-01-01", "0001-12-31"),
    ("9999", "9999-01-01", "9999-12-31"),
    ("9999-12", "9999-12-01", "9999-12-31"),
    ("9999-12-31", "9999-12-31", "9999-12-31"),
    ("2024~", "2024-01-01", "2024-12-31"),
    ("2024-12~", "2024-12-01", "2024-12-31"),
    ("2024-12?", "2024-12-01", "2024-12-31"),
    ("2024-12%", "2024-12-01", "2024-12-31"),
    ("2025-01-15~", "2025-01-15", "2025-01-15"),
    ("2024/2025", "2024-01-01", "2025-12-31"),
    ("2025-07/2025-08", "2025-07-01", "2025-08-31"),
    ("2025-07-17/2025-09-02", "2025-07-17", "2025-09-02"),
    ("2024/2025-09-02", "2024-01-01", "2025-09-02"),
    ("2024-10~/2025-01-15?", "2024-10-01", "2025-01-15"),
    ("2025-07/2025-07", "2025-07-01", "2025-07-31"),
    # Not reversed: an end of July lies after the 15th, and a July begins before it.
    ("2025-07-15/2025-07", "2025-07-15", "2025-07-31"),
    ("2025-07/2025-07-15", "2025-07-01", "2025-07-15"),
    ("2025-07/..", "2025-07-01", None),
    ("2025-07~/..", "2025-07-01", None),
    ("../2025-09-02", None, "2025-09-02"),
    ("../2025-09%", None, "2025-09-30"),
    ("2025-33", "2025-01-01", "2025-03-31"),
    ("2025-34", "2025-04-01", "2025-06-30"),
    ("2025-35", "2025-07-01", "2025-09-30"),
    ("2025-36", "2025-10-01", "2025-12-31"),
    ("2025-33~", "2025-01-01", "2025-03-31"),
    ("2025-34?", "2025-04-01", "2025-06-30"),
    ("2025-36%", "2025-10-01", "2025-12-31"),
    ("9999-36", "9999-10-01", "9999-12-31"),
    ("2025-33/2025-34", "2025-01-01", "2025-06-30"),
    ("2024-36~/2025-01-15", "2024-10-01", "2025-01-15"),
    ("2025-02-01/2025-33?", "2025-02-01", "2025-03-31"),
    ("2025-35/..", "2025-07-01", None),
    ("../2025-35", None, "2025-09-30"),
]


@pytest.mark.parametrize(("text", "first", "last"), ACCEPTED)
def test_accepted(text: str, first: str | None, last: str | None) -> None:
    period = parse_period(text)

    assert period.text == text
    assert period.bounds == (end_of(first), end_of(last))
    assert period.bounds == (period.first, period.last)
    assert period.interval is ("/" in text)


def test_cells_compare_bounds_and_equality_minds_the_text() -> None:
    written = [parse_period(text) for text in ("2024-12", "2024-12~", "2024-12-01/2024-12-31")]

    assert len({period.bounds for period in written}) == 1
    assert len(set(written)) == 3


# -- refused ----------------------------------------------------------------------------

NO_DATE = "has no date at all"
EMPTY_END = "has an empty end"
NOT_A_DATE = "is not a date;"
NO_SUCH_DATE = "is not a date that exists"
REVERSED = "ends before it begins"
TOO_MANY = "has more than one '/'"
TOO_LONG = "is longer than 64 characters"

REFUSED = [
    ("..", NO_DATE),
    ("../..", NO_DATE),
    ("2024/", EMPTY_END),
    ("/2024", EMPTY_END),
    ("/", EMPTY_END),
    ("../", EMPTY_END),
    ("/..", EMPTY_END),
    ("2024//2025", TOO_MANY),
    ("2024/2025/2026", TOO_MANY),
    ("", NOT_A_DATE),
    ("last summer", NOT_A_DATE),
    ("24", NOT_A_DATE),
    ("20240", NOT_A_DATE),
    ("2024-1", NOT_A_DATE),
    ("2024-01-1", NOT_A_DATE),
    ("2024-001", NOT_A_DATE),
    ("20240101", NOT_A_DATE),
    ("2024/01", NOT_A_DATE),
    ("01.02.2024", NOT_A_DATE),
    ("2024-", NOT_A_DATE),
    ("-2024", NOT_A_DATE),
    ("+2024", NOT_A_DATE),
    ("Y20240", NOT_A_DATE),
    ("2024-W05", NOT_A_DATE),
    ("201X", NOT_A_DATE),
    ("2024-XX", NOT_A_DATE),
    ("2024-1x", NOT_A_DATE),
    ("2024~?", NOT_A_DATE),
    ("2024~~", NOT_A_DATE),
    ("~2024", NOT_A_DATE),
    ("2024~-12", NOT_A_DATE),
    ("2024-?12", NOT_A_DATE),
    ("..~/2024", NOT_A_DATE),
    ("2024/..?", NOT_A_DATE),
    ("2024/...", NOT_A_DATE),
    ("2024..2025", NOT_A_DATE),
    ("[2024,2025]", NOT_A_DATE),
    ("2025-07-01T12:00", NOT_A_DATE),
    ("2025-07-01T12:00:00Z", NOT_A_DATE),
    ("2025-07-01Z", NOT_A_DATE),
    (" 2024", NOT_A_DATE),
    ("2024 ", NOT_A_DATE),
    ("2024\n", NOT_A_DATE),
    ("2024-12-01\n", NOT_A_DATE),
    ("2024 / 2025", NOT_A_DATE),
    ("2024/..\n", NOT_A_DATE),
    (".. ", NOT_A_DATE),
    ("2024\x00", NOT_A_DATE),
    ("\ufeff2024", NOT_A_DATE),
    ("2024\u201312", NOT_A_DATE),  # an en dash, as word processors make of a hyphen
    ("\uff12\uff10\uff12\uff14", NOT_A_DATE),  # full-width digits
    ("\u0662\u0660\u0662\u0664", NOT_A_DATE),  # Arabic-Indic digits
    ("2024-1\u00b2", NOT_A_DATE),  # superscript two, for which str.isdigit() holds
    ("\ud800", NOT_A_DATE),
    ("0000", NO_SUCH_DATE),
    ("0000-01-01", NO_SUCH_DATE),
    ("2025-00", NO_SUCH_DATE),
    ("2025-13", NO_SUCH_DATE),
    ("2025-21", NO_SUCH_DATE),  # a season in EDTF
    ("2025-32", NO_SUCH_DATE),
    ("2025-37", NO_SUCH_DATE),  # a third of a year in EDTF
    ("2025-40~", NO_SUCH_DATE),
    ("2025-33-01", NO_SUCH_DATE),
    ("0000-33", NO_SUCH_DATE),
    ("2025-Q1", NOT_A_DATE),
    ("2025-01-00", NO_SUCH_DATE),
    ("2025-02-29", NO_SUCH_DATE),
    ("2025-02-30", NO_SUCH_DATE),
    ("1900-02-29", NO_SUCH_DATE),
    ("2025-04-31~", NO_SUCH_DATE),
    ("2025-02-30/..", NO_SUCH_DATE),
    ("../2025-02-30", NO_SUCH_DATE),
    ("2025/2024", REVERSED),
    ("2025-08/2025-07", REVERSED),
    ("2025-09-02/2025-09-01", REVERSED),
    ("2025-09-02~/2025-08?", REVERSED),
    ("2025-34/2025-33", REVERSED),
    ("2025-34/2025-03", REVERSED),
    ("2024" + "-01" * 21, TOO_LONG),
    ("9" * 100_000, TOO_LONG),
    ("\U000e0001" * 65, TOO_LONG),
]


@pytest.mark.parametrize(("text", "wrong"), REFUSED, ids=range(len(REFUSED)))
def test_refused(text: str, wrong: str) -> None:
    with pytest.raises(BadPeriod) as refusal:
        parse_period(text)

    message = str(refusal.value)
    assert wrong in message
    assert "; write " in message
    assert message.isprintable()  # hence one line, and no character that hides
    assert len(message) < 160


def test_a_refusal_says_what_was_got_what_is_wrong_and_what_to_write() -> None:
    with pytest.raises(BadPeriod) as refusal:
        parse_period("2025-02-30/2025-03")

    assert str(refusal.value) == (
        "'2025-02-30' is not a date that exists; write YYYY, YYYY-MM, YYYY-MM-DD or a quarter, "
        "YYYY-33 to YYYY-36"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("9" * 58, "'" + "9" * 58 + "'"),
        ("9" * 59, "'" + "9" * 56 + "..."),
        ("9" * LONGEST, "'" + "9" * 56 + "..."),
        ("\n" * 30, "'" + r"\n" * 28 + "..."),
    ],
)
def test_a_refusal_shows_at_most_60_characters_and_that_it_left_some_out(text: str, shown: str) -> None:
    with pytest.raises(BadPeriod) as refusal:
        parse_period(text)

    assert str(refusal.value).startswith(f"{shown} is not a date; write ")
    assert len(shown) <= 60


def test_length_is_judged_before_anything_else() -> None:
    with pytest.raises(BadPeriod, match=NOT_A_DATE):
        parse_period("9" * LONGEST)
    with pytest.raises(BadPeriod, match=TOO_LONG):
        parse_period("/" * (LONGEST + 1))


# -- made from days ---------------------------------------------------------------------

SPANS = [
    ("2025-06-26", "2025-06-26", "2025-06-26"),
    ("2025-02-01", "2025-02-28", "2025-02"),
    ("2024-02-01", "2024-02-29", "2024-02"),
    ("2024-02-01", "2024-02-28", "2024-02-01/2024-02-28"),
    ("2024-01-01", "2024-12-31", "2024"),
    ("2024-01-01", "2024-12-30", "2024-01-01/2024-12-30"),
    ("2024-01-01", "2025-12-31", "2024-01-01/2025-12-31"),
    ("2025-07-01", "2025-08-31", "2025-07-01/2025-08-31"),
    ("2025-01-01", "2025-03-31", "2025-01-01/2025-03-31"),
    ("2024-04-01", "2024-06-30", "2024-04-01/2024-06-30"),
    ("2025-07-01", "2025-09-30", "2025-07-01/2025-09-30"),
    ("9999-10-01", "9999-12-31", "9999-10-01/9999-12-31"),
    ("2025-02-01", "2025-04-30", "2025-02-01/2025-04-30"),
    ("2025-01-01", "2025-06-30", "2025-01-01/2025-06-30"),
    ("2024-10-01", "2025-12-31", "2024-10-01/2025-12-31"),
    ("0001-01-01", "0001-12-31", "0001"),
    ("0999-12-31", "0999-12-31", "0999-12-31"),
    ("9999-12-01", "9999-12-31", "9999-12"),
    ("2025-07-01", None, "2025-07-01/.."),
    (None, "2025-09-02", "../2025-09-02"),
]


@pytest.mark.parametrize(("first", "last", "text"), SPANS)
def test_spanning_writes_the_canonical_text(first: str | None, last: str | None, text: str) -> None:
    assert spanning(end_of(first), end_of(last)).text == text


def test_spanning_refuses_nothing_at_all_and_a_reversed_span() -> None:
    with pytest.raises(BadPeriod, match=NO_DATE):
        spanning(None, None)
    with pytest.raises(BadPeriod, match=REVERSED):
        spanning(day("2025-09-02"), day("2025-09-01"))


def test_day_period_is_the_iso_day() -> None:
    assert day_period(day("0999-12-31")) == Period("0999-12-31", day("0999-12-31"), day("0999-12-31"))


def test_an_instant_is_not_a_day() -> None:
    noon = datetime(2025, 6, 26, 12, tzinfo=UTC)

    with pytest.raises(BadPeriod, match=NOT_A_DATE):
        day_period(noon)
    with pytest.raises(BadPeriod, match=NOT_A_DATE):
        spanning(noon, noon)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-12~", datetime(2024, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("../2025-09-02", datetime(2025, 9, 2, 23, 59, 59, 999_999, UTC)),
        ("9999", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2025-07/..", None),
    ],
)
def test_upper_instant(text: str, instant: datetime | None) -> None:
    assert upper_instant(parse_period(text)) == instant


# -- properties -------------------------------------------------------------------------

days = st.dates()
ends = st.none() | days
calendar_dates = st.builds(
    lambda when, length: when.isoformat()[:length], days, st.sampled_from([4, 7, 10])
)
quarters = st.builds("{:04}-{}".format, st.integers(1, 9999), st.integers(33, 36))
dates = st.builds("{}{}".format, calendar_dates | quarters, st.sampled_from(["", "~", "?", "%"]))
intervals = st.builds("{}/{}".format, dates | st.just(".."), dates | st.just(".."))
# Some are reversed or open at both ends: what is right for those is a refusal.
texts = dates | intervals


def parsed(text: str) -> Period:
    try:
        return parse_period(text)
    except BadPeriod:
        assume(False)
        raise


@given(ends, ends)
def test_spanning_keeps_its_bounds_and_reads_back(first: date | None, last: date | None) -> None:
    assume(first or last)
    if first and last:
        first, last = min(first, last), max(first, last)

    period = spanning(first, last)

    assert period.bounds == (first, last)
    assert parse_period(period.text) == period


@given(texts)
def test_spanning_is_canonical(text: str) -> None:
    period = parsed(text)
    canonical = spanning(*period.bounds)

    assert canonical.bounds == period.bounds
    assert spanning(*canonical.bounds).text == canonical.text


@given(calendar_dates, st.sampled_from(["", "~", "?", "%"]))
def test_a_date_is_its_own_canonical_text_but_for_the_qualifier(text: str, qualifier: str) -> None:
    assert spanning(*parse_period(text + qualifier).bounds).text == text


@given(st.integers(1, 9999))
def test_the_quarters_of_a_year_follow_each_other_and_fill_it(year: int) -> None:
    parts = [parse_period(f"{year:04}-{quarter}") for quarter in range(33, 37)]
    whole = parse_period(f"{year:04}")

    assert [parts[0].first, parts[-1].last] == [whole.first, whole.last]
    for one, following in pairwise(parts):
        assert one.last and following.first == one.last + timedelta(days=1)
    for n, part in enumerate(parts):
        months = [f"{year:04}-{month:02}" for month in (3 * n + 1, 3 * n + 3)]
        assert part.bounds == parse_period("/".join(months)).bounds


@given(dates)
def test_a_qualifier_never_widens(text: str) -> None:
    assert parse_period(text).bounds == parse_period(text.rstrip("~?%")).bounds


@given(texts)
def test_bounds_are_ordered_and_one_is_known(text: str) -> None:
    first, last = parsed(text).bounds

    assert first or last
    assert not (first and last) or first <= last


@given(dates, dates)
def test_an_interval_takes_the_outer_bounds_or_is_refused(start: str, end: str) -> None:
    first, last = parse_period(start).first, parse_period(end).last
    assert first and last

    if first <= last:
        assert parse_period(f"{start}/{end}").bounds == (first, last)
    else:
        with pytest.raises(BadPeriod, match=REVERSED):
            parse_period(f"{start}/{end}")


@given(st.dates(max_value=date(9999, 12, 30)))
def test_upper_instant_is_the_last_before_the_next_day(last: date) -> None:
    instant = upper_instant(spanning(None, last))
    assert instant

    assert instant.utcoffset() == timedelta(0)
    assert instant.date() == last
    after = instant + timedelta(microseconds=1)
    assert after == datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC)


def accepted_or_refused(text: str) -> None:
    try:
        assert parse_period(text).text == text
    except BadPeriod as refusal:
        assert str(refusal).isprintable()


@given(texts, st.integers(0, 24))
def test_a_text_cut_short_is_read_or_refused_never_worse(text: str, length: int) -> None:
    accepted_or_refused(text[:length])


@given(st.text(string.digits + "-/.~?%X TZ:", max_size=12) | st.text(max_size=80))
@example("\ud800" * 65)
def test_any_text_is_read_or_refused_never_worse(text: str) -> None:
    accepted_or_refused(text)


# -- the edtf package as an oracle ------------------------------------------------------
#
# Whatever is accepted here, edtf accepts with the same bounds, but for a quarter with a
# qualifier or in an interval. Not the reverse: it takes seasons, X digits, surrounding
# space, the year 0000, reversed intervals and 29 February of any year, and it gives an empty
# (unknown) end ten years, where here all of these are refused.


@pytest.fixture(scope="module")
def edtf() -> Any:
    with warnings.catch_warnings():
        # Its grammar sets off pyparsing's diagnostics when the interpreter runs with -W.
        warnings.filterwarnings("ignore", message=r"warn_\w+: ", category=Warning)
        return pytest.importorskip("edtf")


def oracle_end(end: time.struct_time | float) -> date | None:
    if isinstance(end, float):
        assert math.isinf(end)
        return None
    return date(*end[:3])


def oracle_bounds(edtf: Any, text: str) -> tuple[date | None, date | None]:
    read = edtf.parse_edtf(text)
    return oracle_end(read.lower_strict()), oracle_end(read.upper_strict())


def oracle_reads(text: str) -> bool:
    """Whether edtf reads it: of quarters only those that stand alone."""
    quarter = re.compile("[0-9]{4}-3[3-6][~?%]?")
    return len(text) == 7 or not any(map(quarter.fullmatch, text.split("/")))


@pytest.mark.parametrize("text", [text for text, _, _ in ACCEPTED if oracle_reads(text)])
def test_edtf_reads_the_accepted_table_alike(edtf: Any, text: str) -> None:
    assert parse_period(text).bounds == oracle_bounds(edtf, text)


@settings(deadline=None)  # edtf takes milliseconds a parse, and far more for its first
@given(text=texts.filter(oracle_reads))
def test_edtf_reads_all_that_is_accepted_alike(edtf: Any, text: str) -> None:
    assert parsed(text).bounds == oracle_bounds(edtf, text)


@settings(deadline=None)
@given(
    text=st.builds(
        "{:04}-{:02}-{:02}".format, st.integers(1, 9999), st.integers(0, 40), st.integers(0, 32)
    )
)
def test_what_edtf_refuses_is_refused(edtf: Any, text: str) -> None:
    if not edtf.is_valid_edtf(text):
        with pytest.raises(BadPeriod, match=NO_SUCH_DATE):
            parse_period(text)
