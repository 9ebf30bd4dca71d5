"""What can be asked: every address of the application, every parameter, every form of answer.

Addresses and parameters are those that the application lists; here is only what they are given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from urllib.parse import parse_qsl, urlencode

from service.app import create_app
from service.http.parameters import PARAMETERS
from service.http.routing import Answering
from service.model_context.permalinks import templates
from service.model_context.tools import TOOLS
from tests.http_spec import JSON, SSE, Ask, Body, sha256
from tests.service.access.canaries import OPEN_COPY, RESTRICTED, WORDS, Told, copy_of

HTML, SVG = "text/html", "image/svg+xml"
FOLLOWED = 4
"""How many pages of a list are read."""
INDICATORS = ["troops", "guards", "killed", "lost", "deal", "forces", "pledge", "draft-1", "draft-4"]
SOURCES = ["nis", "mnd", "wire", "post", "mouth", "kcna", "mouth-1", "mouth-4"]
REPORTS = [f"open-{n}" for n in range(1, 7)] + [
    f"{name}-{level}" for name in ("relay", "pair", "heard", "strike", "resting") for level in (1, 4)
]
_WORDS = list(map(WORDS.__getitem__, RESTRICTED))


def hidden(*names: str) -> list[str]:
    """Names of what is restricted, and names that are nearly right."""
    return [f"{word}-{name}" for word in _WORDS for name in names]


def near(*ends: str) -> list[str]:
    """Names that are nearly those of something restricted, and of nothing at all."""
    return [f"{word}{end}" for word in _WORDS[-2:] for end in ends] + ["tropps"]


COPIES = [sha256(content) for content in (OPEN_COPY, *map(copy_of, RESTRICTED), b"another")]
DATES = ["2025-01-15", "2025-02-12", "2025-02-13", "2025-03-01T02:00:00Z"]
NAMED = {
    "indicators": [*INDICATORS, *hidden("depot", "store"), *near("-depo", "-stor")],
    "sources": [*SOURCES, *hidden("mole"), *near("-mol")],
    "reports": [*REPORTS, *hidden("cable", "late", "fixed", "gone", "held"), *near("-cabl", "-lat")],
}
NAMED["citations"] = ["cited-1", "cited-3", "cited-at-4", *hidden("cited", "cited-mole")]
NAMED["webhooks"] = [*(f"hook-{level}" for level in range(1, 5)), "vqred-hook"]
NAMED["reports"] += hidden("of-mole", "by-mole", "of-depot")
GIVEN: dict[str, list[str]] = {
    **dict.fromkeys(("published_by", "valid_at", "compare"), DATES),
    "min_position": ["1"],
    "seen": ["TkELJ9lPZavPlDnzMTc3"],
    "limit": ["1", "3", "1000"],
    "period": ["2025-02", "2025", "2025-01-10"],
    "period_from": ["2025-01"],
    "period_to": ["2025-02"],
    "cohort": ["east", *hidden("brigade"), *near("-brigad")],
    "incident": ["raid", *hidden("raid"), *near("-rai")],
    "topic": ["front", *hidden("topic"), *near("-topi")],
    "page": ["1", "2"],
    "originator": NAMED["sources"],
    "source": NAMED["sources"],
    "indicator": NAMED["indicators"],
    "report": NAMED["reports"],
    "release": ["first", "2"],
    "q": ["report", "vqred", *hidden("cable", "words", "meaning", "mole", "title")],
    "stream": [
        *("report:open-1", "source:nis", "indicator:forces", "log:operations"),
        *(f"report:{name}" for name in (*hidden("cable"), *near("-cabl"))),
        *(f"source:{name}" for name in (*hidden("mole"), *near("-mol"))),
        *(f"citation:{name}" for name in ("cited-1", *hidden("cited", "cited-depot"))),
        *(f"indicator:{name}" for name in (*hidden("depot"), *near("-depo"))),
    ],
    "actor": ["ana", *hidden("agent"), *near("-agen"), "test"],
    "after": ["0", "60", "80", "150"],
    "before": ["61", "100", "170"],
    "from": ["0", "60"],
    "to": ["100"],
    "log": ["0" * 16],
    "width": ["200", "480"],
    "url": [
        "https://wire.example/1",
        *(f"/{page}/{name}" for page in ("estimates", "embed") for name in NAMED["indicators"]),
    ],
    "maxwidth": ["300"],
    "maxheight": ["200"],
    "speed": ["1e12"],
    "added_after": DATES,
    "next": ["TkELJ9lPZavPlDnzMTc3"],
    "match[id]": ["note--20378192-6c9d-5bda-b228-35493596cc8e"],
    "match[type]": ["note", "report,opinion"],
    "match[version]": ["first", "all"],
    "match[spec_version]": ["2.1", "2.0"],
    "name": ["a name"],
    "reason": ["a reason"],
    "text": [f"About 6,000 of vqred-depot (vqred), said {name}." for name in ("NIS", "vqred-name")],
    "title": ["a title"],
    "publisher": NAMED["sources"],
    "published_at": ["2025-02-20"],
    "token": ["intellog_0123456789ab_" + "A" * 43],
}
"""Values by parameter; those of a closed set of words are in its schema, and positions are added."""


@dataclass(frozen=True)
class Address:
    """An address that can be read: its values by parameter, and the forms of its answers."""

    path: str
    query: dict[str, list[str]]
    forms: tuple[str, ...]

    def paths(self) -> list[str]:
        """The address with every name in it."""
        family = self.path.removeprefix("/v1").split("/")[1]
        parts = {
            "{id}": NAMED.get(family, ["vqred-cable"]),
            "{indicator}": NAMED["indicators"],
            "{report}/{n}": [f"{name}/{n}" for name in NAMED["reports"] for n in (1, 2)],
            "{name}": ["claims"],
            "{name:path}": ["estimates", "nothing"],
            "{collection}/objects/{object}": ["log/objects/note--20378192-6c9d-5bda-b228-35493596cc8e"],
            "{collection}": ["log"],
            "{code}": ["not-found"],
            "{position}": list(map(str, range(1, 170, 3))),
            "{sha256}": COPIES,
            "{size}": ["1", "60", "150"],
            "{level}/{tile:path}": ["0/000.p/60", "entries/000.p/100", "0/001"],
        }
        for part, values in parts.items():
            if part in self.path:
                return [self.path.replace(part, value) for value in values]
        return [self.path]

    def asks(self) -> Iterator[Ask]:
        """Every question with at most one parameter."""
        for path, form in product(self.paths(), self.forms):
            yield self._ask(path, form, {})
            for name, values in self.query.items():
                yield from (self._ask(path, form, {name: value}) for value in values)

    def some(self, random: Random, most: int) -> Iterator[Ask]:
        """Some of the questions with at most one parameter, each parameter once if there is room."""
        paths = self.paths()
        for path in random.sample(paths, min(len(paths), most)):
            yield self._ask(path, random.choice(self.forms), {})
        for name in random.sample(list(self.query), min(len(self.query), 2 * most)):
            value = random.choice(self.query[name])
            yield self._ask(random.choice(paths), random.choice(self.forms), {name: value})
        if self.query:
            yield from (self.composed(random) for _ in range(most))

    def composed(self, random: Random) -> Ask:
        """A question with several parameters."""
        names = random.sample(list(self.query), min(len(self.query), random.choice((2, 2, 3))))
        asked = {name: random.choice(self.query[name]) for name in names}
        return self._ask(random.choice(self.paths()), random.choice(self.forms), asked)

    def _ask(self, path: str, form: str, asked: dict[str, str]) -> Ask:
        if form == SSE and self.path == "/v1/events":
            asked = {"before": "60", **asked}
        if self.path == "/v1/log/entries" and asked.get("live") == "true":
            asked = {"before": "60", **asked}
        return Ask("GET", f"{path}?{urlencode(asked)}" if asked else path, None, {"Accept": form})


def message(method: str, params: Body) -> Ask:
    """What a model asks, as a request."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return Ask("POST", "/mcp", body, {"Accept": JSON["Content-Type"]})


@dataclass(frozen=True)
class Called(Address):
    """A tool that models call; what it needs is always given, one of the values of it."""

    needed: dict[str, list[str]]

    def paths(self) -> list[str]:
        """Each choice of what it needs."""
        return [
            urlencode(list(zip(self.needed, each, strict=True)))
            for each in product(*self.needed.values())
        ]

    def _ask(self, path: str, form: str, asked: dict[str, str]) -> Ask:
        name = self.path.removeprefix("/mcp ")
        return message("tools/call", {"name": name, "arguments": {**dict(parse_qsl(path)), **asked}})


@dataclass(frozen=True)
class Resource(Address):
    """What a model reads: an address of the interface by another name."""

    def _ask(self, path: str, form: str, asked: dict[str, str]) -> Ask:
        read = super()._ask(path, form, asked).path
        return message("resources/read", {"uri": read.replace("/v1/", "intellog://")})


@dataclass(frozen=True)
class Listed(Address):
    """What a model is told of tools or resources."""

    def _ask(self, path: str, form: str, asked: dict[str, str]) -> Ask:
        return message(path, {})


def asked_by_models(told: Told, read: Iterable[Address]) -> Iterator[Address]:
    """All that models may ask: every tool with every argument, and every resource."""
    for tool in TOOLS.values():
        schemas = tool.arguments.schema()["properties"]
        values = {
            name: schema.get("enum") or GIVEN.get(name) or values_of(name, told)
            for name, schema in schemas.items()
            if name != "cursor"
        }
        needed = {name: values.pop(name) for name in tool.arguments.needed}
        yield Called(f"/mcp {tool.name}", values, ("application/json",), needed)
    resources = {each.address.partition("{?")[0].replace("intellog://", "/v1/") for each in templates()}
    for address in read:
        if address.path in resources:
            yield Resource(address.path, address.query, ("application/json",))
    for method in ("tools/list", "resources/list", "resources/templates/list"):
        yield Listed(method, {}, ("application/json",))


def addresses(told: Told) -> Iterator[Address]:
    """Every address that is read and takes a role, and then what models ask at `/mcp`."""
    read = list(read_addresses(told))
    yield from read
    yield from asked_by_models(told, read)


def read_addresses(told: Told) -> Iterator[Address]:
    """Every address that is read and takes a role, in the order of the application."""
    app = create_app(told.api.service)
    described = app.openapi()["paths"]
    for route in app.routes:
        path, methods, answering = route.path, route.methods, route.app  # type: ignore[attr-defined]
        assert isinstance(answering, Answering)
        if "GET" in methods:
            operation = described.get(path, {}).get("get")
            if operation is not None or answering.role is None:
                names = queried(operation or {})
            else:
                names = page_parameters(told, path)
            values = {name: values_of(name, told) for name in names}
            yield Address(path, values, forms(path, operation))


def queried(operation: Body) -> list[str]:
    """The query parameters that the description names, but for cursors, which cannot be made up."""
    given = operation.get("parameters", [])
    return [each["name"] for each in given if each["in"] == "query" and each["name"] != "cursor"]


def page_parameters(told: Told, path: str) -> list[str]:
    """The query parameters of a page: those that it does not refuse as unknown."""
    names = {"indicator": "troops", "id": "open-1", "report": "open-1", "n": "1", "position": "1"}
    asked = path.format(**names, name="x", code="not-found")

    def is_unknown(name: str) -> bool:
        ask = Ask("GET", f"{asked}?{name}=%01").under(accept="application/problem+json")
        answer = told.send("admin-4", ask)
        return "unknown-parameter" in answer.text

    return [name for name in PARAMETERS if name != "cursor" and not is_unknown(name)]


def values_of(name: str, told: Told) -> list[str]:
    """What a parameter is given; an error for one that nobody has thought of."""
    if name in ("at", "written_at"):
        return list(map(str, range(40, told.ends[-1], 17)))
    if name in ("known_at", "since", "until"):
        return [*DATES, *map(str, range(40, told.ends[-1], 17))]
    enumerated = PARAMETERS[name].schema.get("enum")
    return list(enumerated) if enumerated else GIVEN[name]


def forms(path: str, operation: Body | None) -> tuple[str, ...]:
    """The media types of an address: those described, or those of a page."""
    if operation is None:
        return (SVG,) if path.endswith(".svg") else ("*/*",) if path == "/oembed" else (HTML,)
    found = operation["responses"].get("200", {}).get("content", {})
    return tuple(found) or ("application/json",)
