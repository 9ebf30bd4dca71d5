"""What is open: claims without a source grade, unknown sources, flags by age, relays suspected."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.flags import FlagCode
from domain.events import SourceRegistered
from domain.near import Lookalikes
from projections.answers.claims import active_by_originator
from projections.answers.open_flags import StandingFlag
from projections.answers.values import Instant, instant
from projections.kept_flags import Tally, kept_tallies, oldest_flags, tally_of
from projections.tables.journal import recorded_at
from projections.tables.registry import SourceRow, definitions_at, sources_at
from service.query.board import right_at
from service.query.flags import OpenFlag, flags_on
from service.query.listed import listed_flag
from service.query.standpoint import Standpoint

MOST = 100
"""Maximum number of items in each list; the counts are of all."""
_MOST = Field(max_length=MOST)
MOST_NEAR = 20
"""Maximum number of sources listed that one may be; all are counted."""
RELAY: FlagCode = "relay-suspected"


class UngradedSource(TypedDict):
    """A source without a grade, and how many claims of it count."""

    source: str
    name: str
    claims: int


class OpenUngraded(TypedDict):
    """Claims whose source has no grade, by source: those with most claims first."""

    n: int
    claims: int
    items: Annotated[list[UngradedSource], _MOST]


class UnknownSource(TypedDict):
    """A source of which nothing is recorded but its name, and the sources that may be meant."""

    source: str
    claims: int
    near: Annotated[list[str], Field(max_length=MOST_NEAR)]
    n_near: int


class OpenUnknown(TypedDict):
    """Sources that were only named and may be others; `n` counts all that were only named."""

    n: int
    items: Annotated[list[UnknownSource], _MOST]


class AgedFlag(OpenFlag):
    """A flag, and the last event that changed a claim which it is about: since then it can be seen."""

    position: int
    since: Instant | None


class OpenFlags(TypedDict):
    """Open flags, oldest first, and how many there are of each code."""

    n: int
    counts: dict[FlagCode, int]
    items: Annotated[list[AgedFlag], _MOST]


class SuspectedRelay(TypedDict):
    """A claim that may be taken from another one and is not linked to it, and since when."""

    indicator: str
    claim: str
    derived_from: str
    detail: str
    position: int
    since: Instant | None


class OpenRelays(TypedDict):
    """Suspected relays that nobody has linked, oldest first."""

    n: int
    items: Annotated[list[SuspectedRelay], _MOST]


class OpenAnswer(TypedDict):
    """What is open: each list is bounded, and counted in full."""

    ungraded: OpenUngraded
    unknown_sources: OpenUnknown
    flags: OpenFlags
    relays: OpenRelays


@dataclass(frozen=True, slots=True)
class _Whole:
    """What is known of all indicators: tallies, and flags of those of which none are kept."""

    here: Standpoint
    kept: Mapping[str, Tally]
    computed: Mapping[str, tuple[Tally, Sequence[StandingFlag]]]

    def tallies(self) -> Iterator[Tally]:
        yield from self.kept.values()
        yield from (tally for tally, _ in self.computed.values())

    def oldest(self, code: FlagCode | None) -> list[AgedFlag]:
        """The oldest flags, of a code or of all."""
        kept = oldest_flags(self.here.db, self.kept, code, MOST)
        computed = sorted(
            (
                (name, each)
                for name, (_, flags) in self.computed.items()
                for each in flags
                if code in (None, each.flag["code"])
            ),
            key=_age,
        )
        found = islice(merge(kept, computed, key=_age), MOST)
        return [self._aged(name, each) for name, each in found]

    def _aged(self, name: str, each: StandingFlag) -> AgedFlag:
        stamp = recorded_at(self.here.db, each.since)
        since = None if stamp is None else instant(stamp)
        return {"indicator": name, **listed_flag(each.flag), "position": each.since, "since": since}


def _age(found: tuple[str, StandingFlag]) -> tuple[int, str]:
    return found[1].since, found[0]


def what_is_open(here: Standpoint) -> OpenAnswer:
    """What is open at a standpoint."""
    whole = _whole(here)
    codes, voiced = Counter[FlagCode](), Counter[str]()
    for tally in whole.tallies():
        codes.update(tally.flags)
        voiced.update(tally.voiced)
    known = sources_at(here.db, here.as_of.position)
    return {
        "ungraded": _ungraded(known, voiced),
        "unknown_sources": _unknown(known, voiced),
        "flags": {"n": codes.total(), "counts": _counts(codes), "items": whole.oldest(None)},
        "relays": {"n": codes[RELAY], "items": [_relay(each) for each in whole.oldest(RELAY)]},
    }


def _whole(here: Standpoint) -> _Whole:
    kept, computed = right_at(here, kept_tallies), dict[str, tuple[Tally, Sequence[StandingFlag]]]()
    for name, _ in definitions_at(here.db, here.as_of.position):
        if name not in kept:
            flags = flags_on(here, name)
            voiced = active_by_originator(here.db, name, here.on(name).as_of)
            computed[name] = tally_of(flags, voiced), flags
    return _Whole(here, kept, computed)


def _counts(codes: Counter[FlagCode]) -> dict[FlagCode, int]:
    return dict(sorted(codes.items(), key=lambda each: (-each[1], each[0])))


def _relay(flag: AgedFlag) -> SuspectedRelay:
    claim, derived_from = flag["claims"]
    return {
        "indicator": flag["indicator"],
        "claim": claim,
        "derived_from": derived_from,
        "detail": flag["detail"],
        "position": flag["position"],
        "since": flag["since"],
    }


def _ungraded(known: Sequence[SourceRow], voiced: Mapping[str, int]) -> OpenUngraded:
    found = [
        UngradedSource(source=row.id, name=row.registered.name or row.id, claims=voiced[row.id])
        for row in known
        if row.graded is None and voiced.get(row.id)
    ]
    found.sort(key=lambda each: (-each["claims"], each["source"]))
    return {"n": len(found), "claims": sum(each["claims"] for each in found), "items": found[:MOST]}


def _unknown(known: Sequence[SourceRow], voiced: Mapping[str, int]) -> OpenUnknown:
    """Sources that may be others: those that are described, or of which there are more claims."""
    named = [row.id for row in known if _is_only_named(row)]
    forms = defaultdict[str, list[str]](list)
    for row in known:
        for form in _forms(row):
            forms[form].append(row.id)
    lookalikes, only = Lookalikes(forms), set(named)

    def ranks(name: str) -> tuple[bool, int, str]:
        return name in only, -voiced.get(name, 0), name

    found = list[UnknownSource]()
    for name in named:
        alike = dict.fromkeys(each for form in (name, *lookalikes.of(name)) for each in forms[form])
        near = [each for each in alike if ranks(each) < ranks(name)]
        if near:
            alike_first, n_near = near[:MOST_NEAR], len(near)
            claims = voiced.get(name, 0)
            found.append({"source": name, "claims": claims, "near": alike_first, "n_near": n_near})
    found.sort(key=lambda each: (-each["claims"], each["source"]))
    return {"n": len(named), "items": found[:MOST]}


def _is_only_named(row: SourceRow) -> bool:
    return row.graded is None and row.registered == SourceRegistered(source=row.id)


def _forms(row: SourceRow) -> Iterator[str]:
    """How an id may be written that means a source: by its id, its name or an alias."""
    yield row.id
    for name in (row.registered.name, *row.registered.aliases):
        if name:
            yield "-".join(name.lower().split())
