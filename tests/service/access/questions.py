"""What can be asked: every address of the application, every parameter, every form of answer.

Addresses and parameters are those that the application lists; here is only what they are given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from urllib.parse import urlencode

from service.app import create_app
from service.http.parameters import PARAMETERS
from service.http.routing import Answering
from tests.http_spec import SSE, Ask, Body, sha256
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
        *(f"indicator:{name}" for name in (*hidden("depot"), *near("-depo"))),
    ],
    "actor": ["ana", *hidden("agent"), *near("-agen"), "test"],
    "after": ["0", "60", "80", "150"],
    "before": ["61", "100", "170"],
    "log": ["0" * 16],
    "speed": ["1e12"],
    "name": ["a name"],
    "reason": ["a reason"],
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
            "{code}": ["not-found"],
            "{position}": list(map(str, range(1, 170, 3))),
            "{sha256}": COPIES,
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
        return Ask("GET", f"{path}?{urlencode(asked)}" if asked else path, None, {"Accept": form})


def addresses(told: Told) -> Iterator[Address]:
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
        answer = told.send("admin-4", Ask("GET", f"{asked}?{name}=%01"))
        return "unknown-parameter" in answer.text

    return [name for name in PARAMETERS if name != "cursor" and not is_unknown(name)]


def values_of(name: str, told: Told) -> list[str]:
    """What a parameter is given; an error for one that nobody has thought of."""
    if name in ("known_at", "since", "until"):
        return [*DATES, *map(str, range(40, told.ends[-1], 17))]
    enumerated = PARAMETERS[name].schema.get("enum")
    return list(enumerated) if enumerated else GIVEN[name]


def forms(path: str, operation: Body | None) -> tuple[str, ...]:
    """The media types of an address: those described, or those of a page."""
    if operation is None:
        return (SVG,) if path.endswith(".svg") else (HTML,)
    found = operation["responses"].get("200", {}).get("content", {})
    return tuple(found) or ("application/json",)
