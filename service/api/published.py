"""What is published of the log as a tree: checkpoints, tiles, and proofs that the tree only grew.

None of it holds content of an event. Anybody may read it, unless a setting says that readers alone may.
"""

from collections.abc import Callable, Mapping
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from service.access.principal import Role
from service.api import attested
from service.http.paging import DEFAULT_LIMIT, open_cursor, page
from service.http.parameters import Asked, bad_parameter, parameters
from service.http.preconditions import conditional, tagged
from service.http.problem_kinds import CONDITIONAL, LISTED
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import JSON, Endpoint, Operation, Shape
from service.http.signed import covering, named
from service.http.times import FROM, PINNED, require_sound
from service.log.tree import LogTree, StoredCheckpoint
from service.query.standpoint import AsOfAnswer
from service.service import Service
from service.signing.published import (
    CheckpointItem,
    ConsistencyAnswer,
    VerifiersAnswer,
    checkpoint_item,
    consistency_answer,
    key_item,
    keys_of,
    note_of,
    origin_in,
)
from service.tree.tiles import HEIGHT, WIDTH, Tile, tile_at

TEXT, TEXT_UTF8, BYTES = "text/plain", "text/plain; charset=utf-8", "application/octet-stream"
FOR_EVER = "max-age=31536000, immutable"
_READ = (
    *("not-found", "log-unavailable", "log-damaged", "took-too-long", "not-signed-yet"),
    *("unauthenticated", "forbidden"),  # where readers alone may see what is published
)
Look = Callable[[Service, Request, Asked], Response]


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations that give what is published."""
    role: Role | None = None if service.settings.public_proofs else "reader"

    def read(
        path: str, look: Look, returns: Mapping[str, Shape], *query: str, problems: tuple[str, ...] = ()
    ) -> Operation:
        return Operation(
            *("GET", path, _endpoint(service, questions, path, look, query)),
            name=look.__name__.strip("_"),
            summary=(look.__doc__ or "").partition("\n")[0],
            tag="reading",
            query=query,
            returns={200: returns},
            problems=(*_READ, *CONDITIONAL, *problems),
            tagged=True,
            role=role,
        )

    listed = {JSON: Shape(CheckpointItem, "page")}
    consistent = {JSON: Shape(ConsistencyAnswer, "one")}
    return [
        read("/checkpoint", _checkpoint, {TEXT_UTF8: Shape(str)}),
        read("/tile/{level}/{tile:path}", _tile, {BYTES: Shape(bytes)}),
        read("/v1/log/checkpoints", _checkpoints, listed, "limit", "cursor", problems=LISTED),
        read(attested.NOTE, attested.checkpoint_note, {TEXT_UTF8: Shape(str)}),
        read(attested.TIMESTAMP, attested.timestamp, {attested.STAMP: Shape(bytes)}),
        read("/v1/log/verifiers", _verifiers, {JSON: Shape(VerifiersAnswer, "one")}),
        read("/v1/log/consistency", _consistency, consistent, "from", "to"),
    ]


def _endpoint(
    service: Service, questions: Questions, path: str, look: Look, query: tuple[str, ...]
) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = parameters(request, *query)
        if "cursor" in query:
            open_cursor(service, request, asked)
        answer = await questions.answer(request, path, partial(look, service, request, asked))
        return conditional(request, tagged(answer))

    return endpoint


def _checkpoint(service: Service, request: Request, asked: Asked) -> Response:
    """The latest checkpoint: size and root of the tree, signed by the log, cosigned by witnesses."""
    return Response(note_of(service.log.tree, latest(service)), 200, None, TEXT_UTF8)


def _tile(service: Service, request: Request, asked: Asked) -> Response:
    """A tile of the tree, or a bundle of its entries (C2SP tlog-tiles)."""
    require_sound(service)
    try:
        tile = tile_at("{level}/{tile}".format_map(request.path_params))
    except ValueError as error:
        raise Problem("not-found", str(error)) from None
    tree = service.log.tree
    last = tree.latest()
    if last is None or tile.end() > last.size:
        signed = 0 if last is None else last.size
        raise Problem("not-found", f"there is no such tile in the signed tree of {signed:,} entries")
    who = "public" if service.settings.public_proofs else "private"
    return Response(tile_bytes(tree, tile), 200, {"Cache-Control": f"{who}, {FOR_EVER}"}, BYTES)


def tile_bytes(tree: LogTree, tile: Tile) -> bytes:
    """The hashes of a tile, or the entries of a bundle, each with its length in two bytes before it."""
    first = tile.n * WIDTH
    if not tile.level:
        entries = tree.entries(first, tile.width)
        if tile.level == 0:
            return b"".join(each.leaf() for each in entries)
        encoded = [each.encode() for each in entries]
        return b"".join(len(each).to_bytes(2, "big") + each for each in encoded)
    height = HEIGHT * tile.level
    return b"".join(tree.subtree(height, n) for n in range(first, first + tile.width))


def _checkpoints(service: Service, request: Request, asked: Asked) -> Response:
    """Every checkpoint that was published, the smallest first, with who has cosigned and stamped it."""
    tree, limit = service.log.tree, asked.get("limit", DEFAULT_LIMIT)
    until = latest(service)
    pinned = asked.get(PINNED, until.size)
    found = [each for each in tree.checkpoints(asked[FROM] or 0, limit + 1) if each.size <= pinned]
    last = found[limit - 1].size if len(found) > limit else None
    items = [checkpoint_item(tree, each) for each in found[:limit]]
    return page(service, request, items, last, {**_as_of(until), "position": pinned})


def _verifiers(service: Service, request: Request, asked: Asked) -> Response:
    """The public keys of the log, from when to when each signs, as the log itself says."""
    last, keys = latest(service), keys_of(service.log.tree)
    body: VerifiersAnswer = {"origin": origin_in(last), "keys": [key_item(each) for each in keys]}
    return Response(to_json({**body, "as_of": _as_of(last)}), 200, None, JSON)


def _consistency(service: Service, request: Request, asked: Asked) -> Response:
    """The proof that the tree of one size is the beginning of that of another."""
    require_sound(service)
    last = latest(service)
    newer = asked.get("to", last.size)
    if "from" not in asked:
        raise bad_parameter("from", "is missing: the size of the older tree")
    if newer > last.size:
        raise bad_parameter("to", f"the last tree that was signed has {last.size:,} entries")
    if asked["from"] > newer:
        raise bad_parameter("from", f"is more than the {newer:,} entries of the newer tree")
    body = consistency_answer(service.log.tree, asked["from"], newer)
    return Response(to_json({**body, "as_of": _as_of(last)}), 200, None, JSON)


def latest(service: Service) -> StoredCheckpoint:
    """The latest checkpoint; raises `Problem` where there is none yet."""
    found = service.log.tree.latest()
    if found is None and service.log.tree.size() == 0:
        raise Problem("not-found", "nothing is recorded in this log yet, so nothing is signed")
    return covering(service, 1) if found is None else named(service, found)


def _as_of(stored: StoredCheckpoint) -> AsOfAnswer:
    return {
        "position": stored.size,
        "known_at": stored.signed_at,
        "published_by": None,
        "valid_at": None,
    }
