"""The rules at the door: what a claim must be to be recorded, and what a link must be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import chain, islice, pairwise
from typing import Literal

from domain.errors import Code, Fault, Refused
from domain.events import Definition
from domain.stream_names import indicator_stream, report_stream
from domain.streams.context import Context
from domain.streams.dates import fault_of_stated
from domain.streams.hints import unknown_claim, unknown_indicator
from domain.streams.report_state import Filed, Report, claim_at, links, stated_at
from domain.streams.versions import Version, timeline
from domain.vocabulary import Measure, NumberedStatement, claim_id, split_claim_id

MOST_FAULTS = 100
"""Maximum number of faults named in one refusal."""

Finding = tuple[Code, Fault]


@dataclass(frozen=True, slots=True)
class _Link:
    """A claim that claim n names: the place in the body, and whether n derives from or rests on it."""

    at: str
    n: int
    parent: str
    verb: Literal["be derived from", "rest on"] = "be derived from"


class Door:
    """Admits the claims and links of one report, or refuses them with every fault named.

    `report` is the report as it would be after the proposed event, `version` its version that makes
    the claims in question.
    """

    def __init__(self, context: Context, report: Filed, version: Version) -> None:
        self._context = context
        self._report = report
        self._version = version

    def admit(self) -> None:
        """Check the claims of the version; raises `Refused`."""
        _refuse_any(chain(self._claim_findings(), self._link_findings(list(self._filed_links()))))

    def admit_link(self, n: int, parent: str) -> None:
        """Check one link of claim n; raises `Refused`."""
        _refuse_any(self._link_findings([_Link("/derived_from", n, parent)]))

    def admit_date(self, pointer: str) -> None:
        """Check the date of the version against what its claims say; raises `Refused`."""
        found = (each for _, each in self._date_faults())
        _refuse_any(("invalid", Fault(pointer, message)) for message in islice(found, 1))

    def _claim_findings(self) -> Iterator[Finding]:
        definitions: dict[str, Definition | None] = {}
        for i, claim in enumerate(self._version.claims.values()):
            name = claim.indicator
            if name not in definitions:
                definitions[name] = self._definition(name)
            definition = definitions[name]
            if definition is None:
                message = unknown_indicator(self._context, name)
                yield "unknown-indicator", Fault(f"/claims/{i}/indicator", message)
            else:
                for field, message in _measure_faults(claim, definition.measure):
                    yield "invalid", Fault(f"/claims/{i}/{field}", message)
        for i, message in self._date_faults():
            yield "invalid", Fault(f"/claims/{i}/stated_at", message)

    def _definition(self, indicator: str) -> Definition | None:
        """The definition of an indicator that the caller may see, if it is defined."""
        if not self._context.may_see(indicator_stream(indicator)):
            return None
        return self._context.definition(indicator)

    def _date_faults(self) -> Iterator[tuple[int, str]]:
        """What is wrong with the date of a statement, with the index of its claim."""
        for i, claim in enumerate(self._version.claims.values()):
            if claim.stated_at is not None:
                published, now = self._version.published_at, self._context.now
                message = fault_of_stated(claim.stated_at, published, now)
                if message is not None:
                    yield i, message

    def _filed_links(self) -> Iterator[_Link]:
        """What the claims are derived from, without links that were ever removed, or rest on.

        Links that a correction keeps because its author may not see them were admitted before.
        """
        kept = hidden_parents(self._report, self._context)
        for i, claim in enumerate(self._version.claims.values()):
            if not (claim.derived_from or claim.rests_on):
                continue
            for j, parent in enumerate(claim.derived_from):
                if (claim.n, parent) not in self._report.unlinked and parent not in kept:
                    yield _Link(f"/claims/{i}/derived_from/{j}", claim.n, parent)
            for j, parent in enumerate(claim.rests_on):
                if parent in kept:
                    continue
                yield _Link(f"/claims/{i}/rests_on/{j}", claim.n, parent, "rest on")

    def _link_findings(self, proposed: Sequence[_Link]) -> Iterator[Finding]:
        ring = self._ring(proposed) if proposed else set()
        for link in proposed:
            child, parent = claim_id(self._report.id, link.n), link.parent
            day, said = self._day_stated(child), self._day_stated(parent)
            if parent == child:
                yield "link-to-self", Fault(link.at, f"a claim cannot {link.verb} itself")
            elif day is None or said is None or not self._may_see(parent):
                yield "unknown-claim", Fault(link.at, unknown_claim(self._context, parent))
            elif said > day:
                message = f"'{parent}' was stated on {said}, after this claim ({day})"
                yield "link-to-later", Fault(link.at, message)
            elif (parent, child) in ring:
                message = f"'{parent}' is itself derived from '{child}' or rests on it"
                yield "link-cycle", Fault(link.at, f"{message}; links may not go round")

    def _ring(self, proposed: Sequence[_Link]) -> set[tuple[str, str]]:
        """The links, as (parent, child), of one cycle through the proposed ones, if there is one.

        Without them there is none: every link in the log was checked here.
        """
        graph: dict[str, set[str]] = {}
        waiting = [claim_id(self._report.id, link.n) for link in proposed]
        while waiting:
            claim = waiting.pop()
            if claim not in graph:
                graph[claim] = self._parents(claim) - {claim}
                waiting += graph[claim]
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return set(pairwise(error.args[1]))
        return set()

    def _parents(self, claim: str) -> set[str]:
        """All that a claim derives from or rests on at any publication time: none may show a cycle."""
        name, n = split_claim_id(claim)
        report = self._look_up(name)
        if not isinstance(report, Filed):
            return set()
        return {
            parent
            for _, _, version in timeline(report.versions)
            for parent in links(report, version, n) | _basis(version, n)
        }

    def _day_stated(self, claim: str) -> date | None:
        """The UTC day on which a claim was stated, None if there is no such claim."""
        name, n = split_claim_id(claim)
        if name == self._report.id and n in self._version.claims:
            return stated_at(self._version.claims[n], self._version.provenance).date()
        report = self._look_up(name)
        span = claim_at(report, n) if isinstance(report, Filed) else None
        return stated_at(span.words.claims[n], span.words.provenance).date() if span else None

    def _may_see(self, claim: str) -> bool:
        name = split_claim_id(claim)[0]
        return name == self._report.id or self._context.may_see(report_stream(name))

    def _look_up(self, report: str) -> Report:
        return self._report if report == self._report.id else self._context.report(report)


def hidden_parents(report: Filed, context: Context) -> set[str]:
    """The claims that earlier versions of a report name, and the caller may not see."""
    if len(report.versions) == 1:  # of every report that is being filed
        return set()
    claims = (claim for version in report.versions[:-1] for claim in version.claims.values())
    parents = {parent for claim in claims for parent in (*claim.derived_from, *claim.rests_on)}
    return {p for p in parents if not context.may_see(report_stream(split_claim_id(p)[0]))}


def _basis(version: Version, n: int) -> set[str]:
    """The claims that claim n rests on in the words of a version."""
    claim = version.claims.get(n)
    return set(claim.rests_on) if claim else set()


def _measure_faults(claim: NumberedStatement, measure: Measure) -> list[tuple[str, str]]:
    """The fields of a claim that do not fit what its indicator measures, each with what is wrong."""
    found: list[tuple[str, str]] = []  # no generator, because nearly every claim fits
    proposition = measure == "proposition"
    wrong, right = ("quantity", "stance") if proposition else ("stance", "quantity")
    if getattr(claim, wrong) is not None:
        kind = _kind(measure)
        found.append((wrong, f"'{claim.indicator}' is {kind} and takes a {right}, not a {wrong}"))
    elif getattr(claim, right) is None:
        kind = _kind(measure)
        found.append((right, f"is missing; '{claim.indicator}' is {kind} and takes a {right}"))
    if measure == "increment":
        if claim.period is None:
            found.append(("period", "is missing; an increment says new in which period"))
    elif claim.incident is not None:
        message = f"belongs to an increment only; '{claim.indicator}' is {_kind(measure)}"
        found.append(("incident", message))
    return found


def _kind(measure: Measure) -> str:
    return "a proposition" if measure == "proposition" else f"a number ({measure})"


def _refuse_any(findings: Iterator[Finding]) -> None:
    found = [finding for finding, _ in zip(findings, range(MOST_FAULTS), strict=False)]
    if not found:
        return
    code, first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise Refused(code, f"{first.pointer}: {first.message}{more}", [fault for _, fault in found])
