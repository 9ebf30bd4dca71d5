"""The log as STIX over HTTP: one bundle, sent as it is made."""

from collections.abc import Iterator
from itertools import takewhile
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from domain.stream_names import INDICATOR, REPORT
from service.http.lookups import check_names
from service.http.negotiation import accepted
from service.http.parameters import Asked, bad_parameter, parameters
from service.http.problem_kinds import READ
from service.http.routing import JSON, Operation, Shape
from service.http.streaming import StreamCut, Streams
from service.http.times import PINNED, caught_up, position_of_time, standing
from service.interop.stix.bundles import (
    BUNDLE_END,
    STIX,
    STIX_TYPE,
    Bundle,
    about,
    bundle_begin,
    bundle_part,
)
from service.interop.stix.fixed import fixed_things
from service.interop.stix.walk import WINDOW, Walk
from service.query.standpoint import Standpoint
from service.service import Service

QUERY = ("known_at", "since", "report", "indicator", "min_position")


def operations(service: Service, streams: Streams) -> list[Operation]:
    """The operation that exports STIX."""

    async def stix(request: Request) -> Response:
        asked = parameters(request, *QUERY)
        media_type = STIX if accepted(request, STIX_TYPE, JSON) == STIX_TYPE else JSON
        if "report" in asked and "indicator" in asked:
            raise bad_parameter("indicator", "is given beside report; ask for one of them")
        await caught_up(service, asked)
        query = [each for each in sorted(request.query_params.multi_items()) if each[0] in QUERY[1:4]]
        _begin(service, asked)
        return streams.answer(request, _bundle(service, asked, urlencode(query)), media_type)

    return [
        Operation(
            "GET",
            "/v1/stix",
            stix,
            name="stix",
            summary="The log as a STIX 2.1 bundle, or a report or an indicator with all it names.",
            tag="reading",
            query=QUERY,
            returns={200: {STIX: Shape(Bundle), JSON: Shape(Bundle)}},
            problems=(*READ, "not-acceptable"),
        )
    ]


def _begin(service: Service, asked: Asked) -> None:
    """Fix the position that a bundle is as of, and refuse what is not there; raises `Problem`."""
    with standing(service, asked) as here:
        check_names(here.db, asked)
        asked[PINNED] = here.as_of.position
        if "since" in asked:
            asked["since"] = position_of_time(here.db, asked["since"])


def _bundle(service: Service, asked: Asked, question: str) -> Iterator[bytes]:
    after, until = asked.get("since", 0), asked[PINNED]
    with standing(service, asked) as here:
        walk = Walk(here, service.log, until)
        yield bundle_begin(walk, question) + bundle_part(fixed_things(here.db, walk.ids), first=True)
        only = sorted(_only(here, asked))
    parts = range(0, len(only), WINDOW) if only else range(after, until, WINDOW)
    for start in parts:
        if service.stopping.is_set():
            raise StreamCut
        yield _part(service, asked, only, start)
    yield BUNDLE_END


def _only(here: Standpoint, asked: Asked) -> set[str]:
    """The streams, and the estimate, that are asked for; empty is everything."""
    for kind in (REPORT, INDICATOR):
        if kind in asked:
            return about(here.db, kind, asked[kind])
    return set()


def _part(service: Service, asked: Asked, only: list[str], start: int) -> bytes:
    """The objects of some of the streams asked for, or that changed last within some positions."""
    with standing(service, asked) as here:
        walk, after = Walk(here, service.log, asked[PINNED]), asked.get("since", 0)
        if only:
            found = [each.thing for each in walk.of(only[start : start + WINDOW], after)]
        else:
            steps = takewhile(lambda step: step[0] <= start + WINDOW, walk.steps(start))
            found = [each.thing for _, step in steps for each in step]
    return bundle_part(found, first=False)
