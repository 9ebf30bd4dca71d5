"""The rules at the door: what a claim must be to enter the log, and what a link must be."""

from collections.abc import Iterator, Mapping, Sequence

from domain.errors import Code, Fault, Refused
from domain.known import Known
from domain.report_state import Filed, Report, Unfiled, Version, claim_numbers, links, stated_at
from domain.vocabulary import NumberedStatement, Provenance, claim_id, split_claim_id

MOST_FAULTS = 100
"""So many faults are named in one refusal; a tired reader mends the first ones first."""

Finding = tuple[Code, Fault]


class Door:
    """Admits the claims and links of one report, or refuses them with every fault named."""

    def __init__(self, known: Known, report: str, state: Report | None = None) -> None:
        self._known = known
        self._report = report
        self._state = state or Unfiled()
        self._proposed: Mapping[int, NumberedStatement] = {}
        self._provenance: Provenance | None = None

    def admit(self, claims: Sequence[NumberedStatement], provenance: Provenance) -> None:
        """Check the claims of a filing or a correction; raises `Refused`."""
        self._proposed = {claim.n: claim for claim in claims}
        self._provenance = provenance
        _refuse_any(
            finding
            for i, claim in enumerate(claims)
            for finding in self._findings(f"/claims/{i}", claim, provenance)
        )

    def admit_link(self, n: int, version: Version, parent: str) -> None:
        """Check one link of claim n as it stands in a version; raises `Refused`."""
        claim = version.claims.get(n) or next(
            v.claims[n] for v in reversed(self._filed.versions) if n in v.claims
        )
        day = stated_at(claim, version.provenance).date()
        _refuse_any(self._link_findings("/derived_from", n, day.isoformat(), parent))

    @property
    def _filed(self) -> Filed:
        assert isinstance(self._state, Filed)
        return self._state

    def _findings(self, at: str, claim: NumberedStatement, provenance: Provenance) -> Iterator[Finding]:
        definition = self._known.definition(claim.indicator)
        if definition is None:
            yield self._unknown_indicator(f"{at}/indicator", claim.indicator)
        else:
            yield from _measure_findings(at, claim, definition.measure)
        day = stated_at(claim, provenance).date().isoformat()
        for i, parent in enumerate(claim.derived_from):
            yield from self._link_findings(f"{at}/derived_from/{i}", claim.n, day, parent)

    def _unknown_indicator(self, at: str, indicator: str) -> Finding:
        return "unknown-indicator", Fault(at, unknown_indicator(self._known, indicator))

    def _link_findings(self, at: str, n: int, day: str, parent: str) -> Iterator[Finding]:
        child = claim_id(self._report, n)
        if parent == child:
            yield "link-to-self", Fault(at, "a claim cannot be derived from itself")
            return
        said = self._day_stated(parent)
        if said is None:
            yield (
                "unknown-claim",
                Fault(at, f"there is no claim '{parent}'; file its report first"),
            )
        elif said > day:
            yield (
                "link-to-later",
                Fault(at, f"'{parent}' was stated on {said}, after this claim ({day})"),
            )
        elif self._leads_to(parent, child):
            yield (
                "link-cycle",
                Fault(at, f"'{parent}' is itself derived from '{child}'; links may not go round"),
            )

    def _day_stated(self, claim: str) -> str | None:
        """The UTC day on which a claim was stated, None if there is no such claim."""
        report, n = split_claim_id(claim)
        if report == self._report and n in self._proposed and self._provenance:
            return stated_at(self._proposed[n], self._provenance).date().isoformat()
        state = self._look_up(report)
        for version in reversed(state.versions if isinstance(state, Filed) else ()):
            if n in version.claims:
                return stated_at(version.claims[n], version.provenance).date().isoformat()
        return None

    def _leads_to(self, start: str, goal: str) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            for parent in self._parents(waiting.pop()) - seen:
                if parent == goal:
                    return True
                seen.add(parent)
                waiting.append(parent)
        return False

    def _parents(self, claim: str) -> set[str]:
        """All that a claim derives from, in any of its versions, so that no time shows a cycle."""
        report, n = split_claim_id(claim)
        state = self._look_up(report)
        parents = set[str]()
        if isinstance(state, Filed) and n in claim_numbers(state):
            parents.update(*(links(state, version, n) for version in state.versions))
        if report == self._report and n in self._proposed:
            parents.update(self._proposed[n].derived_from)
        return parents

    def _look_up(self, report: str) -> Report:
        return self._state if report == self._report else self._known.report(report)


def unknown_indicator(known: Known, indicator: str) -> str:
    """What to tell a caller who names an indicator that is not defined."""
    nearest = known.nearest_indicators(indicator)
    hint = f"; did you mean {' or '.join(nearest)}?" if nearest else "; define it first"
    return f"there is no indicator '{indicator}'{hint}"


def _measure_findings(at: str, claim: NumberedStatement, measure: str) -> Iterator[Finding]:
    proposition = measure == "proposition"
    wrong, right = ("quantity", "stance") if proposition else ("stance", "quantity")
    kind = "a proposition" if proposition else f"a number ({measure})"
    if getattr(claim, wrong) is not None:
        message = f"'{claim.indicator}' is {kind} and takes a {right}, not a {wrong}"
        yield "invalid", Fault(f"{at}/{wrong}", message)
    elif getattr(claim, right) is None:
        message = f"is missing; '{claim.indicator}' is {kind} and takes a {right}"
        yield "invalid", Fault(f"{at}/{right}", message)
    if measure == "increment" and claim.period is None:
        yield "invalid", Fault(f"{at}/period", "is missing; an increment says new in which period")


def _refuse_any(findings: Iterator[Finding]) -> None:
    found = [finding for finding, _ in zip(findings, range(MOST_FAULTS), strict=False)]
    if not found:
        return
    code, first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise Refused(code, f"{first.pointer}: {first.message}{more}", [fault for _, fault in found])
