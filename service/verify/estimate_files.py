"""Verifies the proof of an estimate in a file: its events, and the figure that they make."""

from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json
from typing_extensions import TypedDict

from domain.events import EventRedacted
from domain.period import parse_period
from domain.times import parse_instant, to_micros
from projections.answers.as_of import AsOf
from projections.answers.questions import Narrowing
from projections.answers.values import Number
from service.proof.checkpoint import Checkpoint
from service.proof.enclosure import Enclosure
from service.query.estimate_proof import EstimateProof, ProvedEvent
from service.query.recomputing import Body, recomputed
from service.query.standpoint import AsOfAnswer
from service.signing.published import State
from service.streams.upcasters import UnknownEvent
from service.tree.entry import decode_entry
from service.verify.report import SignedBy
from service.verify.signed_files import refuse_unproved, signed_by
from service.verify.trust import Trust
from service.verify.verdicts import VERDICTS, VERIFIED, CannotRead, Code, NotVerified


class EstimateFile(EstimateProof):
    """The file: what `/v1/estimates/{indicator}/proof` answers."""

    as_of: AsOfAnswer


class EstimateReport(TypedDict):
    """What a verification of an estimate found: its figure, computed again, and who signed.

    `missing` are the positions of events whose bodies are withheld or redacted; where one is withheld,
    the figure is the one that the file states.
    """

    verdict: str
    status: int
    indicator: str
    policy: str | None
    low: Number
    best: Number
    high: Number
    stance: str | None
    used: list[str]
    events: int
    missing: list[int]
    signed: SignedBy


_FILE = TypeAdapter(EstimateFile)


def verify_estimate(
    content: bytes, given: Trust | None = None, known: Path | None = None
) -> EstimateReport:
    """Verify the proof of an estimate and compute its figure again; return what was found.

    Raises NotVerified, or CannotRead for what is no such proof.
    """
    proof = _read(content)
    checkpoint, signed = signed_by(proof["checkpoint"].encode(), proof["verifiers"], given, known)
    _refuse_unordered(proof)
    for each in proof["events"]:
        path = [b64decode(line, validate=True) for line in each["path"]]
        refuse_unproved(each["position"], _enclosure(each), path, checkpoint)
    _refuse_other_times(proof, checkpoint)
    states = _states(proof)
    stated: Mapping[str, Any] = from_json(content)["estimate"]
    if "withheld" not in states:
        _refuse_other_figure(_again(proof), stated, proof)
    code: Code | None = None
    if states:
        code = "body-withheld" if "withheld" in states else "body-redacted"
    return {
        "verdict": code or "verified",
        "status": VERDICTS[code].status if code else VERIFIED,
        "indicator": proof["question"]["indicator"],
        "policy": proof["policy"],
        "low": stated["low"],
        "best": stated["best"],
        "high": stated["high"],
        "stance": stated["verdict"],
        "used": stated["used"],
        "events": len(proof["events"]),
        "missing": [each["position"] for each in proof["events"] if each["body"] is None],
        "signed": signed,
    }


def _read(content: bytes) -> EstimateFile:
    try:
        return _FILE.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise CannotRead(f"this is no proof of an estimate: {place}: {first['msg']}") from None


def _states(proof: EstimateFile) -> set[State]:
    """What of the events is there: one without a body is redacted if another event says so."""
    bodies = [from_json(b64decode(each["body"])) for each in proof["events"] if each["body"]]
    said = {each["data"]["position"] for each in bodies if each["type"] == EventRedacted.TYPE}
    without = {each["position"] for each in proof["events"] if each["body"] is None}
    found = set[State]({"redacted"} if without & said else set())
    return found | ({"withheld"} if without - said else set())


def _enclosure(event: ProvedEvent) -> Enclosure:
    body, salt = event["body"], event["salt"]
    if body is None or salt is None:
        return Enclosure(event["entry"].encode())
    return Enclosure(event["entry"].encode(), bytes.fromhex(salt), b64decode(body, validate=True))


def _refuse_unordered(proof: EstimateFile) -> None:
    """Events out of order would be applied out of order."""
    positions = [each["position"] for each in proof["events"]]
    if positions != sorted(set(positions)):
        raise CannotRead("this is no proof of an estimate: its events are not in order, each once")


def _refuse_other_times(proof: EstimateFile, checkpoint: Checkpoint) -> None:
    """Raise NotVerified where the position asked is not in the tree, or not that of the time asked."""
    position, known_at = proof["as_of"]["position"], proof["question"]["known_at"]
    where = f"position {position}"
    if position > checkpoint.size:
        raise NotVerified("not-included", where, f"the tree has {checkpoint.size} events")
    for each in proof["events"] if known_at else ():
        stamp = decode_entry(each["entry"].encode()).recorded_at
        known = parse_instant(stamp) <= parse_instant(known_at or "")
        if known != (each["position"] <= position):
            what = f"event {each['position']} was recorded at {stamp}, and {known_at} was asked"
            raise NotVerified("figure-differs", where, what)


def _again(proof: EstimateFile) -> Mapping[str, Any]:
    """The estimate that the events make."""
    question, as_of = proof["question"], proof["as_of"]
    bodies = [_given(each) for each in proof["events"]]
    times = AsOf(as_of["position"], _micros(as_of["published_by"]), _micros(as_of["valid_at"]))
    try:
        asked = Narrowing(
            question["cohort"],
            parse_period(question["period"]) if question["period"] else None,
            question["originator"],
            question["policy"],
            question["incident"],
        )
        found = recomputed(bodies, question["indicator"], times, asked)
    except (UnknownEvent, ValueError, KeyError) as error:
        raise CannotRead(f"the figure cannot be computed again: {error}") from None
    again: Mapping[str, Any] = from_json(to_json(found))
    return again


def _given(event: ProvedEvent) -> Body:
    if event["body"] is not None:
        return Body(event["position"], b64decode(event["body"]))
    stamp = decode_entry(event["entry"].encode()).recorded_at
    return Body(event["position"], b"", parse_instant(stamp))


def _micros(text: str | None) -> int | None:
    return None if text is None else to_micros(parse_instant(text))


def _refuse_other_figure(
    again: Mapping[str, Any], stated: Mapping[str, Any], proof: EstimateFile
) -> None:
    """Raise NotVerified unless the estimate that is stated is the one that was computed again."""
    names = [*again, *(name for name in stated if name not in again and name != "withheld")]
    differing = [name for name in names if again.get(name) != stated.get(name)]
    if proof["policy"] != again["policy"] and "policy" not in differing:
        differing.append("policy")
    if differing:
        name = differing[0]
        what = (
            f"{name} is stated as {to_json(stated.get(name)).decode()[:200]}, and the events make it "
            f"{to_json(again.get(name)).decode()[:200]}"
        )
        more = f"; {', '.join(differing[1:])} differ as well" if differing[1:] else ""
        raise NotVerified("figure-differs", f"the estimate of {again['indicator']}", what + more)
