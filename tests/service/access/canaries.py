"""A log in which all that is restricted is a canary: its words and its numbers occur nowhere else.

The same story is told twice. In the *twin* for a clearance nothing above it ever happened: for each
event of it, a token is made, which readers do not see either. So positions and times are the same in
both, and whoever has that clearance must get the same answers from both.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from typing import Any

from domain.vocabulary import MARKINGS, Marking, restriction
from service.access.principal import ROLES, Role
from tests.http_spec import (
    NDJSON,
    Api,
    Ask,
    Body,
    Clock,
    claim,
    evidence,
    indicator,
    post,
    report,
    source,
    stored,
)
from tests.service.http.team import bearer, issued

WORDS = {marking: f"vq{marking[4:].partition('+')[2] or marking[4:]}".lower() for marking in MARKINGS}
"""By marking, how each word begins that only those cleared for it may read."""
TOKENS = "vqtoken"
"""How each word begins that only admins may read."""
RESTRICTED = MARKINGS[1:]
_WORD = re.compile(r"vq[a-z]+(?:-[a-z0-9]+)*")
_NUMBER = re.compile(r"(?<![\w.-])97[1-4]\d\d31(?!\w)")
_SEPARATORS = re.compile(r"(?<=\d)[,\u00a0\u2009\u202f](?=\d{3})")


def number(marking: Marking, n: int) -> int:
    """A number that only those cleared for a marking may read."""
    return 9_700_031 + restriction(marking) * 10_000 + n * 100


def copy_of(marking: Marking) -> bytes:
    """A file that only those cleared for a marking may read."""
    return f"{WORDS[marking]}-copy of what was read\n".encode()


def canaries_in(text: str) -> set[str]:
    """The canaries in a text, whole words and whole numbers."""
    plain = _SEPARATORS.sub("", text.lower())
    return {*_WORD.findall(plain), *_NUMBER.findall(plain)}


def level_of(canary: str) -> int:
    """How restricted a canary is; that only admins may read it is one above all markings."""
    if canary.isdigit():
        return int(canary[2])
    begin = canary.partition("-")[0]
    found = [restriction(marking) for marking, word in WORDS.items() if word == begin]
    return found[0] if found else len(MARKINGS)


Instead = Callable[[Marking], Ask]


@dataclass(frozen=True)
class Step:
    """Something that happens: done by `by`, and what happened to whom it is restricted, if anything."""

    ask: Ask
    marking: Marking = "TLP:CLEAR"
    instead: Instead | None = None
    by: str = "ana"


@dataclass
class Told:
    """The story as it was told to a service, and the tokens of those who may ask about it."""

    api: Api
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    """The position that each step reached."""

    def tell(self, clearance: Marking = MARKINGS[-1], ends: Iterable[int] = ()) -> None:
        """Tell the story as a clearance knows it, each step up to the position that it reached."""
        for name, role, cleared in people():
            self.tokens[name] = issued(self.api, role, name, cleared)
        for step, end in zip_longest(story(), ends, fillvalue=0):
            assert isinstance(step, Step)
            self.clock.now += timedelta(minutes=7)
            self.take(step, clearance)
            while self.head() < end:
                self.fill()
            self.ends.append(self.head())

    def take(self, step: Step, clearance: Marking = MARKINGS[-1]) -> None:
        """Let a step happen, as far as those with a clearance see it."""
        seen = restriction(step.marking) <= restriction(clearance)
        ask = step.ask if seen else step.instead and step.instead(clearance)
        if ask is not None:
            answer = self.send(step.by, ask)
            if not answer.is_success:
                raise AssertionError(f"{ask.method} {ask.path}: {answer.text}")

    def fill(self) -> None:
        """Add an event that no reader sees."""
        issued(self.api, "reader", f"{TOKENS}-filler")

    def send(self, name: str, ask: Ask) -> Any:
        """The answer to a request of somebody."""
        headers = {"Accept-Encoding": "identity", **ask.headers, **bearer(self.tokens[name])}
        return self.api.send(Ask(ask.method, ask.path, ask.body, headers))

    def head(self) -> int:
        """The last position in the log."""
        return self.api.service.log.head()


def people() -> Iterator[tuple[str, Role, Marking]]:
    """Those who ask and those who act, each with role and clearance."""
    yield "ana", "analyst", MARKINGS[-1]
    for marking in RESTRICTED:
        yield f"{WORDS[marking]}-agent", "analyst", MARKINGS[-1]
    for role in ROLES:
        for marking in MARKINGS:
            yield f"{role}-{restriction(marking)}", role, marking


def story() -> Iterator[Step]:
    """What happens, in order."""
    yield from map(Step, OPEN)
    for marking in RESTRICTED:
        yield from restricted(marking)
    yield from map(Step, AFTERWARDS)


def relays() -> Iterator[Step]:
    """Open claims that repeat restricted ones, which is not told; but they are counted as relays.

    So there is no twin of this: in it they would be anybody's own claims.
    """
    for marking in RESTRICTED:
        word, level = WORDS[marking], restriction(marking)
        agent, dated = f"{word}-agent", {"published_at": "2025-02-20"}
        strike = said(20 + level, "killed", originator="mnd", period="2025-01")
        relay = said(1_000 + level, originator="mnd", basis="relay")
        for name, body, parent in (("strike", strike, "fixed/1"), ("relay", relay, "cable/1")):
            yield Step(report(f"{name}-{level}", body, **dated))
            link = {"derived_from": f"{word}-{parent}", "reason": f"{word}-link"}
            yield Step(post(f"/v1/claims/{name}-{level}/1/links", **link), marking, by=agent)
        named = [f"{word}-late/1", "open-1/1"]
        resting = said(700 + level, rests_on=named, originator="kcna")
        yield Step(report(f"resting-{level}", resting, **dated))


def said(best: Any, about: str = "troops", /, **fields: Any) -> Body:
    return claim(best, about=about, **fields)


def webhook(name: str, url: str = "https://wire.example/hook", /, **filter: str) -> Ask:
    return Ask("PUT", f"/v1/webhooks/{name}", {"url": url, "filter": filter})


OPEN_COPY = b"What anybody may read\n"
OPEN_EVIDENCE = evidence(OPEN_COPY, "text/plain")


def cited(name: str, about: str, /, **fields: Any) -> Ask:
    """A figure that is cited."""
    return post("/v1/citations", **{"id": name, "indicator": about, "where": "Bulletin", **fields})


OPEN = (
    indicator("troops", definition="Soldiers in the field"),
    indicator("guards", topics=["front"]),
    indicator("killed", measure="increment"),
    indicator("lost", measure="cumulative"),
    indicator("deal", measure="proposition"),
    indicator("forces", parts=["troops", "guards"]),
    indicator("pledge", plans_for="troops"),
    source("nis", name="National service", kind="agency", country="KR"),
    source("mouth", speaks_for="nis"),
    report(
        "open-1",
        said(1_000, cohort="east"),
        said(1_500, originator="mnd"),
        said(400, "guards"),
        url="https://wire.example/1",
        title="First report",
        published_at="2025-01-10",
    ),
    stored(OPEN_COPY, "text/plain"),
    report(
        "open-2",
        said(1_500, originator="mouth", derived_from=["open-1/2"]),
        publisher="post",
        evidence=OPEN_EVIDENCE,
    ),
    report(
        "open-3",
        said(30, "killed", period="2025-01", incident="raid"),
        said(40, "killed", period="2025-02", cohort="east"),
        said(300, "lost", originator="mnd"),
        {"indicator": "deal", "originator": "nis", "stance": {"asserts": True}},
        published_at="2025-02-10",
    ),
    report("open-4", said(2_000, "pledge", status="planned", period="2025-06"), title="The plan"),
    report("open-5", said(9_000), published_at="2025-02-11"),
    post("/v1/reports/open-1/corrections", kind="record", claims=[{**said(1_100), "n": 1}]),
    post("/v1/claims/open-3/3/disputes", by="kcna", reason="denied"),
    post("/v1/sources/nis/grades", reliability="B", reason="long record"),
    post("/v1/claims/open-5/1/grades", credibility=3, reason="odd"),
    post("/v1/indicators/troops/assessments", best=1_200, confidence="low", claims=["open-1/1"]),
    post("/v1/reports/open-5/hold", reason="check"),
    cited("cited-1", "troops", position=40, note="in the box"),
    cited("cited-2", "killed", published_by="2025-01-31", when_it_moves={"by_percent": 5}),
    cited("cited-3", "lost", originator="mnd"),
)
AFTERWARDS = (
    post("/v1/reports/open-5/release"),
    Ask("DELETE", "/v1/citations/cited-3"),
    report("open-6", said(1_300), said(500, "guards"), publisher="post", published_at="2025-02-20"),
    post("/v1/sources/mnd/grades", reliability="C"),
    post("/v1/reports/open-4/withdrawal", kind="record", reason="mistaken"),
)


def unlinked(level: int, reason: str, marking: Marking) -> Ask:
    """A link of an open claim removed; only an import can say that the reason is restricted."""
    body = {
        "claim": f"pair-{level}/1",
        "derived_from": "open-1/1",
        "reason": reason,
        "marking": marking,
    }
    line = json.dumps({"unlink_claim": body}).encode()
    return Ask("POST", "/v1/import", line, {"Content-Type": NDJSON})


def restricted(marking: Marking) -> Iterator[Step]:
    """All kinds of things that are restricted by a marking, or told by what is open."""
    word, level = WORDS[marking], restriction(marking)
    agent = f"{word}-agent"
    numbers = iter(number(marking, n) for n in range(100))

    def hidden(ask: Ask) -> Step:
        return Step(ask, marking, by=agent)

    def told(ask: Ask, instead: Instead) -> Step:
        return Step(ask, marking, instead)

    def without(ask: Ask, *names: str) -> Instead:
        return lambda _: Ask(
            ask.method, ask.path, {k: v for k, v in ask.body.items() if k not in names}
        )

    def unexplained(ask: Ask) -> Step:
        """An open act with a restricted reason, which is shown with the marking that one may see."""
        given = Ask(ask.method, ask.path, {**ask.body, "reason": f"{word}-why", "marking": marking})
        return told(given, lambda seen: Ask(ask.method, ask.path, {**ask.body, "marking": seen}))

    def filed(name: str, *claims: Body, **fields: Any) -> Ask:
        texts = {"title": f"{word}-title {word}", "url": f"https://{word}-site.example/{word}-page"}
        return report(f"{word}-{name}", *claims, **{**texts, "published_at": "2025-02-12", **fields})

    def secret(about: str = "troops", /, **fields: Any) -> Body:
        return said(next(numbers), about, **{"text": f"{word}-words", **fields})

    depot: Body = {"definition": f"{word}-meaning", "place": f"{word}-place"}
    depot["topics"] = [f"{word}-topic"]
    mole = {"name": f"{word}-name", "note": f"{word}-note", "country": f"{word}-land"}
    yield hidden(indicator(f"{word}-depot", title=f"{word}-title", marking=marking, **depot))
    yield hidden(indicator(f"{word}-store", unit=f"{word}-unit", measure="increment", marking=marking))
    yield hidden(source(f"{word}-mole", marking=marking, **mole))
    yield hidden(stored(copy_of(marking), "text/plain"))
    hook = {"indicator": f"{word}-depot", "topic": f"{word}-topic"}
    yield hidden(webhook(f"hook-{level}", f"https://{word}-site.example/{word}-page", **hook))
    yield hidden(
        filed(
            "cable",
            secret(cohort=f"{word}-brigade"),
            secret("killed", period="2025-02", incident=f"{word}-raid"),
            secret("lost", spokesperson=f"{word}-mole"),
            secret("pledge", status="planned", period="2025-06"),
            {"indicator": "deal", "originator": "mnd", "stance": {"asserts": False}},
            marking=marking,
            evidence=evidence(copy_of(marking), "text/plain"),
        )
    )
    yield hidden(filed("late", secret(), secret("guards")))
    yield hidden(filed("fixed", secret("killed", period="2025-01"), marking=marking))
    yield hidden(filed("gone", secret("lost"), marking=marking))
    yield hidden(filed("held", secret(), marking=marking))
    yield hidden(filed("of-mole", secret(originator=f"{word}-mole")))
    yield hidden(filed("by-mole", secret("killed", period="2025-03"), publisher=f"{word}-mole"))
    yield hidden(filed("of-depot", secret(f"{word}-depot"), secret(originator="mnd")))
    yield hidden(post(f"/v1/reports/{word}-late/marking", marking=marking, reason=f"{word}-raised"))
    again = [{**secret("killed", period="2025-01"), "n": 1}]
    fix = {"kind": "publisher", "published_at": "2025-02-13", "reason": f"{word}-fix"}
    yield hidden(post(f"/v1/reports/{word}-fixed/corrections", claims=again, **fix))
    gone = {"kind": "record", "reason": f"{word}-mistake"}
    yield hidden(post(f"/v1/reports/{word}-gone/withdrawal", **gone))
    yield hidden(post(f"/v1/reports/{word}-held/hold", reason=f"{word}-doubt"))
    yield hidden(post(f"/v1/claims/{word}-cable/1/grades", credibility=1, reason=f"{word}-sure"))
    yield hidden(post(f"/v1/claims/{word}-late/1/disputes", by="kcna", reason=f"{word}-no"))
    yield hidden(post("/v1/claims/open-1/1/disputes", by=f"{word}-mole", reason=f"{word}-denied"))
    yield hidden(post(f"/v1/sources/{word}-mole/grades", reliability="A", reason=f"{word}-good"))
    judged = {"best": next(numbers), "confidence": "high", "rationale": f"{word}-because"}
    yield hidden(
        post("/v1/indicators/troops/assessments", marking=marking, claims=[f"{word}-cable/1"], **judged)
    )
    yield hidden(post("/v1/indicators/guards/assessments", marking=marking, **judged))
    yield hidden(post("/v1/indicators/guards/assessments", claims=[f"{word}-late/2"], **judged))
    texts = {"where": f"{word}-where", "note": f"{word}-remark", "marking": marking}
    yield hidden(cited(f"{word}-cited", "troops", **texts))
    yield hidden(cited(f"{word}-cited-depot", f"{word}-depot", where=f"{word}-where"))
    yield hidden(cited(f"{word}-cited-mole", "troops", originator=f"{word}-mole"))
    for name in ("cited-depot", "cited-mole"):
        yield hidden(Ask("DELETE", f"/v1/citations/{word}-{name}?reason={word}-settled"))
    yield Step(cited(f"cited-at-{level}", "troops", where=f"Bulletin {level}"))
    yield unexplained(post("/v1/sources/nis/grades", reliability="ABCD"[level - 1]))
    yield unexplained(post("/v1/claims/open-1/3/grades", credibility=level))
    yield Step(report(f"pair-{level}", said(1_100), publisher="post", published_at="2025-02-14"))
    yield unexplained(post(f"/v1/claims/pair-{level}/1/links", derived_from="open-1/1"))
    yield told(unlinked(level, f"{word}-why", marking), lambda seen: unlinked(level, "", seen))
    title, depots = f"Forces {level}", [f"{each}-depot" for each in list(WORDS.values())[1 : level + 1]]

    def whole(seen: Marking) -> Ask:
        parts = depots[: restriction(seen)]
        return indicator("forces", title=title, parts=["troops", *parts, "guards"])

    yield told(whole(MARKINGS[-1]), whole)
    plan = indicator(f"draft-{level}", plans_for=f"{word}-depot")
    yield told(plan, without(plan, "plans_for"))
    mouth = source(f"mouth-{level}", name=f"Mouth {level}", speaks_for=f"{word}-mole")
    yield told(mouth, without(mouth, "speaks_for"))
    heard = said(1_250 + level, originator=f"mouth-{level}")
    yield Step(report(f"heard-{level}", heard, publisher=f"mouth-{level}"))
