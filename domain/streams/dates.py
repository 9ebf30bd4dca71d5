"""What a date may be when it is recorded: neither in the future, nor said long after it was printed."""

from datetime import UTC, datetime, time, timedelta

from domain.errors import refuse
from domain.times import Written, show_instant

LEEWAY = timedelta(days=1)
"""How far a date may lie ahead: clocks differ, and the day begins earlier in the east."""


def check_published(published: Written | None, pointer: str, now: datetime) -> None:
    """Refuse a publication that lies ahead of the log's clock; raises `Refused`.

    A month or a year, which counts as its end, may be named once it has begun.
    """
    if published is None:
        return
    begins = published.first_day
    if begins is None:
        if published.at - now > LEEWAY:
            raise refuse("invalid", pointer, _ahead(published.at, now))
    elif datetime.combine(begins, time.min, UTC) > now:
        raise refuse(
            "invalid",
            pointer,
            f"{published.on} has not begun by the log's clock ({show_instant(now)}); check the year",
        )


def fault_of_stated(stated: datetime, published: datetime, now: datetime) -> str | None:
    """What is wrong with the date of a statement in a report published then; None if nothing is."""
    if stated - now > LEEWAY:
        return _ahead(stated, now)
    if stated - published > LEEWAY:
        return (
            f"{show_instant(stated)} lies more than a day after the publication "
            f"({show_instant(published)}); check both dates"
        )
    return None


def _ahead(moment: datetime, now: datetime) -> str:
    return (
        f"{show_instant(moment)} lies more than a day after the log's clock ({show_instant(now)}); "
        "check the year"
    )
