"""The proof of an estimate: its events checked, its figure computed again, and both compared."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.proof.standalone.accounts import Logged
from service.proof.standalone.answers import FLAGS, UNKNOWN, answer, reduced
from service.proof.standalone.assessments import assessment, judgement
from service.proof.standalone.checkpoints import Tree, decoded
from service.proof.standalone.claims import Times, claims_at
from service.proof.standalone.periods import parse_period
from service.proof.standalone.policies import LATEST_PUBLICATION, POLICIES
from service.proof.standalone.proved import Proved
from service.proof.standalone.question import ASSESSMENT, Asked
from service.proof.standalone.records import CannotRecompute, event_of, instant
from service.proof.standalone.refusals import Refused

FIGURE = ("best", "low", "high", "open_low", "open_high", "verdict")
_ALIKE = (*FIGURE, "origins", "claims", "reports", "cutoff", "targets", "answered_from", "from_parts")
KNOWN = (*POLICIES, LATEST_PUBLICATION, ASSESSMENT)
"""The policies by which a figure can be computed again here."""


def events_of(proof: Mapping[str, Any]) -> list[Proved]:
    """The events of a proof of an estimate."""
    return [
        Proved(
            each["position"],
            each["entry"].encode(),
            [decoded(line, "a hash of a path") for line in each["path"]],
            each["state"],
            None if each["body"] is None else decoded(each["body"], "a body"),
            None if each["salt"] is None else bytes.fromhex(each["salt"]),
        )
        for each in proof["events"]
    ]


def recompute(proof: Mapping[str, Any], events: Sequence[Proved]) -> dict[str, Any]:
    """The estimate that the events of a proof make; raises CannotRecompute."""
    question, policy = proof["question"], proof["policy"]
    if policy is not None and policy not in KNOWN:
        raise CannotRecompute(f"the policy {policy} is not known here, only {', '.join(KNOWN)}")
    logged, stamps = list[Logged](), dict[int, datetime]()
    for each in events:
        if each.body is not None:
            event, envelope = event_of(each.body)
            logged.append((each.position, event))
            stamps[each.position] = instant(envelope["recorded_at"])
    as_of = proof["as_of"]
    times = Times(as_of["position"], _time(as_of["published_by"]), _time(as_of["valid_at"]))
    asked = Asked(
        question["cohort"],
        parse_period(question["period"]) if question["period"] else None,
        question["originator"],
        question["incident"],
        question["policy"],
    )
    return answered(logged, stamps, question["indicator"], times, asked)


def _time(given: str | None) -> datetime | None:
    return None if given is None else instant(given)


def answered(
    logged: Sequence[Logged],
    stamps: Mapping[int, datetime],
    indicator: str,
    times: Times,
    asked: Asked,
) -> dict[str, Any]:
    """The estimate that some events make, with the times at which they were recorded."""
    world = claims_at(logged, times)
    definition = world.definitions.get(indicator)
    if definition is None:
        return {**UNKNOWN, "policy": None}
    policy = asked.policy or definition.policy
    if policy == ASSESSMENT:
        judged = judgement(logged, stamps, indicator, times, lambda at: claims_at(logged, at))
        found = assessment(definition, indicator, judged, world, asked)
    else:
        found = answer(logged, indicator, times, asked)
    return {**found, "policy": policy}


def differences(mine: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """In what an estimate that was computed again differs from the one that was given."""
    pairs = {name: (mine[name], given[name]) for name in (*_ALIKE, "policy")}
    pairs["support"] = mine["level"], given["support"]["level"]
    pairs["leading"] = mine["leading"], (given["leading"] or {}).get("claim")
    pairs["number used"] = len(mine["used"]), given["n_used"]
    listed = sorted(given["used"])
    pairs["used"] = [each for each in mine["used"] if each in listed], listed
    for name in ("covered", "gaps"):
        pairs[name] = mine[name][: len(given[name])], given[name]
        pairs[f"number of {name}"] = len(mine[name]), given[f"n_{name}"]
    flags = sorted({reduced(flag) for flag in given["flags"] if flag["code"] in FLAGS})
    pairs["flags"] = mine["flags"], flags
    return [
        f"{name} is {json.dumps(theirs)} in the file, and {json.dumps(ours)} computed again"
        for name, (ours, theirs) in pairs.items()
        if ours != theirs
    ]


def check_times(proof: Mapping[str, Any], events: Sequence[Proved], tree: Tree) -> None:
    """Raise Refused where the position asked is not in the tree, or does not fit the time asked."""
    position, known_at = proof["as_of"]["position"], proof["question"]["known_at"]
    if position > tree.size:
        raise Refused("not-included", f"position {position} lies beyond the tree of {tree.size} events")
    if known_at is None:
        return
    for each in events:
        stamp = json.loads(each.entry)["recorded_at"]
        if (instant(stamp) <= instant(known_at)) != (each.position <= position):
            raise Refused(
                "figure-differs",
                f"event {each.position} was recorded at {stamp}: position {position} is not what was "
                f"known at {known_at}",
            )
