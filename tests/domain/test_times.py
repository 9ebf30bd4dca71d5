"""Instants: what is read, as which moment, and how it is written."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import (
    DAY,
    EPOCH,
    TEXTS_KEPT,
    BadTime,
    Written,
    from_micros,
    parse_date,
    parse_instant,
    parse_publication,
    parse_until,
    parse_written,
    show_instant,
    to_micros,
)

READ = [
    ("2025-06-26T00:30:00Z", "2025-06-26T00:30:00Z"),
    ("2025-06-26t00:30:00z", "2025-06-26T00:30:00Z"),
    ("2025-06-26 00:30:00Z", "2025-06-26T00:30:00Z"),
    # Any offset in, UTC out; also over the end of a day, a month, a year.
    ("2025-06-26T09:30:00+09:00", "2025-06-26T00:30:00Z"),
    ("2025-06-26T00:30:00+09:00", "2025-06-25T15:30:00Z"),
    ("2025-12-31T23:00:00-05:30", "2026-01-01T04:30:00Z"),
    ("2025-06-26T00:30:00-00:00", "2025-06-26T00:30:00Z"),
    ("2025-06-26T00:30:00+23:59", "2025-06-25T00:31:00Z"),
    # A fraction is kept to the microsecond and cut behind it.
    ("2025-06-26T00:30:00.5Z", "2025-06-26T00:30:00.500000Z"),
    ("2025-06-26T00:30:00.000000Z", "2025-06-26T00:30:00Z"),
    ("2025-06-26T00:30:00.123456Z", "2025-06-26T00:30:00.123456Z"),
    ("2025-06-26T00:30:00.1234569Z", "2025-06-26T00:30:00.123456Z"),
    ("2025-06-26T23:59:59.999999999999Z", "2025-06-26T23:59:59.999999Z"),
    # Leap seconds become the last microsecond of their month.
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
    ("2015-06-30T23:59:60.5Z", "2015-06-30T23:59:59.999999Z"),
    ("2017-01-01T08:59:60+09:00", "2016-12-31T23:59:59.999999Z"),
    ("2024-02-29T23:59:60Z", "2024-02-29T23:59:59.999999Z"),
    ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z"),
    # The first and the last year.
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("0001-01-01T09:00:00+09:00", "0001-01-01T00:00:00Z"),
    ("9999-12-31T18:59:59-05:00", "9999-12-31T23:59:59Z"),
    ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
]


@pytest.mark.parametrize(("text", "shown"), READ)
def test_read(text: str, shown: str) -> None:
    assert show_instant(parse_instant(text)) == shown
    assert parse_until(text) == parse_instant(text)
    assert parse_instant(text).tzinfo is UTC


REFUSED = [
    "",
    "now",
    "2025",
    "2025-06",
    "20250626",
    "2025-6-26",
    "2025-06-31",
    "2025-02-29",
    "0000-01-01",
    "2025-06-26T00:30:00",
    "2025-06-26T00:30Z",
    "2025-06-26T24:00:00Z",
    "2025-06-26T00:60:00Z",
    "2025-06-26T00:30:61Z",
    "2025-06-26T00:30:00,5Z",
    "2025-06-26T00:30:00.Z",
    "2025-06-26T00:30:00+09",
    "2025-06-26T00:30:00+0900",
    "2025-06-26T00:30:00+24:00",
    "2025-06-26T00:30:00+09:60",
    "2025-06-26T00:30:00 +09:00",
    "2025-06-26T00:30:00Z ",
    "2025-06-26T00:30:00Z\n",
    "2025-06-26\n",
    " 2025-06-26",
    "2025-06-26Z",
    "+2025-06-26",
    "12025-06-26",
    "2025-W26-4",
    "\uff12025-06-26",
    # Seconds that no clock ever showed.
    "2025-06-26T23:59:60Z",
    "2016-12-31T22:59:60Z",
    "2016-12-31T23:58:60Z",
    "2016-12-31T23:59:60+09:00",
    "2023-02-29T23:59:60Z",
    "2024-02-28T23:59:60Z",
    # In UTC these lie outside of the years there are.
    "0001-01-01T00:00:00+09:00",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:60-01:00",
    "0000-12-31T23:59:59Z",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    for parse in (parse_instant, parse_until, parse_written):
        with pytest.raises(BadTime) as caught:
            parse(text)
        assert len(str(caught.value).splitlines()) == 1


def test_a_refusal_shows_what_was_given_but_not_all_of_it() -> None:
    with pytest.raises(
        BadTime, match=r"^'soon' is not a time; write a date \(2025-06-26\) or RFC 3339"
    ):
        parse_instant("soon")
    with pytest.raises(BadTime) as caught:
        parse_instant("2025" * 100_000)
    assert len(str(caught.value)) < 250


def test_a_bare_date_begins_or_ends_its_day() -> None:
    assert show_instant(parse_instant("2025-06-26")) == "2025-06-26T00:00:00Z"
    assert show_instant(parse_until("2025-06-26")) == "2025-06-26T23:59:59.999999Z"
    assert show_instant(parse_until("9999-12-31")) == "9999-12-31T23:59:59.999999Z"
    assert parse_date("2025-06-26") == date(2025, 6, 26)


@pytest.mark.parametrize("text", ["2025-06-26T00:00:00Z", "2025-06", "", "2025-02-30", "2025-06-26\n"])
def test_a_date_is_a_date(text: str) -> None:
    with pytest.raises(BadTime, match="is not a date; write YYYY-MM-DD"):
        parse_date(text)


offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=offsets)


@given(instants)
def test_what_is_shown_is_read_as_the_same_moment(moment: datetime) -> None:
    assert parse_instant(show_instant(moment)) == moment
    assert show_instant(parse_instant(show_instant(moment))) == show_instant(moment)


@given(instants)
def test_any_offset_is_read_as_the_same_moment(moment: datetime) -> None:
    assert parse_instant(moment.isoformat()) == moment


@given(instants)
def test_microseconds_lose_nothing(moment: datetime) -> None:
    micros = to_micros(moment)

    assert from_micros(micros) == moment
    assert from_micros(micros + 1) - moment == timedelta(microseconds=1)
    assert micros // DAY == moment.astimezone(UTC).date().toordinal() - EPOCH.toordinal()


@given(st.lists(instants, max_size=5))
def test_microseconds_have_the_order_of_time(moments: list[datetime]) -> None:
    assert [to_micros(each) for each in sorted(moments)] == sorted(map(to_micros, moments))


@given(st.text(alphabet="0123456789-+:.TtZz ", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        moment = parse_instant(text)
    except BadTime:
        return
    assert parse_instant(show_instant(moment)) == moment


# What is kept of a time as it was written.

AS_WRITTEN = [
    ("2025-06-26", "2025-06-26T00:00:00Z", None),
    ("2025-06-26T23:30:00Z", "2025-06-26T23:30:00Z", None),
    ("2025-06-26T09:30:00+09:00", "2025-06-26T00:30:00Z", None),
    ("2025-06-26T08:30:00+09:00", "2025-06-25T23:30:00Z", "2025-06-26"),
    ("2025-06-26t08:30:00+09:00", "2025-06-25T23:30:00Z", "2025-06-26"),
    ("2025-06-26T22:00:00-05:00", "2025-06-27T03:00:00Z", "2025-06-26"),
    ("2025-12-31T23:00:00-05:30", "2026-01-01T04:30:00Z", "2025-12-31"),
    # A leap second in Tokyo is in the year that has begun there.
    ("2017-01-01T08:59:60+09:00", "2016-12-31T23:59:59.999999Z", "2017-01-01"),
    ("0001-01-01T09:00:00+09:00", "0001-01-01T00:00:00Z", None),
    ("9999-12-31T18:59:59-05:00", "9999-12-31T23:59:59Z", None),
]


@pytest.mark.parametrize(("text", "moment", "day"), AS_WRITTEN)
def test_a_time_keeps_the_day_that_was_written(text: str, moment: str, day: str | None) -> None:
    assert parse_written(text) == Written(parse_instant(moment), day)
    assert parse_publication(text) == parse_written(text)


@pytest.mark.parametrize(
    ("text", "moment", "begins"),
    [
        ("2025-11", "2025-11-30T23:59:59.999999Z", date(2025, 11, 1)),
        ("2024-02", "2024-02-29T23:59:59.999999Z", date(2024, 2, 1)),
        ("2025", "2025-12-31T23:59:59.999999Z", date(2025, 1, 1)),
        ("0001", "0001-12-31T23:59:59.999999Z", date(1, 1, 1)),
        ("9999-12", "9999-12-31T23:59:59.999999Z", date(9999, 12, 1)),
    ],
)
def test_a_month_or_a_year_of_publication_counts_as_its_end(
    text: str, moment: str, begins: date
) -> None:
    written = parse_publication(text)

    assert written == Written(parse_instant(moment), text)
    assert written.first_day == begins
    assert str(written) == text


@pytest.mark.parametrize(
    "text",
    ["", "25", "20251", "0000", "0000-01", "2025-13", "2025-00", "2025-33", "2025-1", "2025-11~"],
)
def test_what_is_no_month_or_year_is_no_publication(text: str) -> None:
    with pytest.raises(BadTime) as caught:
        parse_publication(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("2025-06-26", "2025-06-26T00:00:00Z"),
        ("2025-06-26T09:30:00+09:00", "2025-06-26T00:30:00Z"),
        ("2025-06-26T08:30:00+09:00", "2025-06-26T00:00:00+00:30"),
        ("2025-06-26T22:00:00-05:00", "2025-06-26T23:59:00-03:01"),
        ("2025-06-26T00:00:00+23:59", "2025-06-26T00:00:00+23:59"),
        ("2025-06-26T23:59:59.5-23:59", "2025-06-26T23:59:59.500000-23:59"),
    ],
)
def test_a_written_time_is_shown_in_the_nearest_offset_with_that_day(text: str, again: str) -> None:
    assert str(parse_written(text)) == again


@given(instants)
def test_what_was_written_is_read_again_as_the_same(moment: datetime) -> None:
    written = parse_written(moment.isoformat())

    assert written.at == moment and written.at.tzinfo is UTC
    assert (written.on or written.at.date().isoformat()) == moment.date().isoformat()
    assert parse_written(str(written)) == parse_publication(str(written)) == written


@given(st.dates(), st.sampled_from([4, 7]))
def test_a_month_or_year_is_read_again_as_the_same(day: date, length: int) -> None:
    written = parse_publication(day.isoformat()[:length])

    assert parse_publication(str(written)) == written
    assert written.first_day and written.first_day <= day <= written.at.date()


def test_what_is_remembered_of_times_does_not_grow_with_what_is_read() -> None:
    for n in range(2 * TEXTS_KEPT):
        parse_publication(show_instant(EPOCH + timedelta(seconds=n)))
    remembering = parse_publication, parse_written, parse_instant
    assert [each.cache_info().currsize for each in remembering] == [TEXTS_KEPT] * 3
    assert TEXTS_KEPT < 10_000
