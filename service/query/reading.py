"""What the log knows, for reading a text: as much of it as the reader may see."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from domain.estimates.suspicions.relays import RELAY_DAYS
from domain.reading.known import ClaimsOn, Known, KnownClaim, KnownIndicator, KnownSource
from domain.times import to_micros
from projections.answers.claims import ACTIVE_LANES, PUBLISHED, parameters
from projections.tables.registry import IndicatorRow, SourceRow, indicators_at, sources_at, voices_at
from service.query.standpoint import Standpoint

_LATELY = (
    f"SELECT c.claim, c.originator, c.stated_on, c.low, c.best, c.high, c.qualifier FROM claims c "
    f"WHERE c.indicator = :indicator AND c.lane IN ({ACTIVE_LANES}) AND {PUBLISHED} "
    "AND c.stated >= :first AND c.stated <= :last ORDER BY c.position, c.n LIMIT 1000"
)


def known(here: Standpoint, published: date | None) -> Known:
    """The indicators and sources at a standpoint, and the claims stated shortly before a day."""
    indicators = [_indicator(row) for row in indicators_at(here.db, here.as_of.position)]
    sources = [_source(row) for row in sources_at(here.db, here.as_of.position)]
    return Known(indicators, sources, _claims_before(here, published))


def is_filed(here: Standpoint, claim: str) -> bool:
    """Whether the log has a claim that the reader may see."""
    found = here.db.execute(
        "SELECT 1 FROM claims c WHERE c.claim = :claim AND c.since <= :position LIMIT 1",
        {"claim": claim, "position": here.as_of.position},
    )
    return found.fetchone() is not None


def _indicator(row: IndicatorRow) -> KnownIndicator:
    defined = row.definition
    return KnownIndicator(
        row.id, defined.title, defined.terms, defined.unit, defined.measure, defined.plans_for
    )


def _source(row: SourceRow) -> KnownSource:
    registered = row.registered
    return KnownSource(
        row.id,
        registered.name or row.id,
        registered.aliases,
        registered.speaks_for,
        registered.kind == "official",
    )


def _claims_before(here: Standpoint, published: date | None) -> ClaimsOn:
    voices = voices_at(here.db, here.as_of.position)

    def claims_on(indicator: str) -> Sequence[KnownClaim]:
        if published is None:
            return ()
        span = {
            "first": _micros(published, time.min, -RELAY_DAYS - 1),
            "last": _micros(published, time.max, 1),
        }
        asked = parameters(here.as_of, indicator=indicator, **span)
        return [
            KnownClaim(
                claim,
                indicator,
                voices.get(said, said),
                date.fromordinal(day),
                low,
                best,
                high,
                qualifier,
            )
            for claim, said, day, low, best, high, qualifier in here.db.execute(_LATELY, asked)
        ]

    return claims_on


def _micros(day: date, at: time, days: int) -> int:
    """A time of a day some days from another, within the calendar; a day more is for other offsets."""
    ordinal = min(max(day.toordinal() + days, date.min.toordinal() + 1), date.max.toordinal() - 1)
    return to_micros(datetime.combine(date.fromordinal(ordinal), at, UTC))
