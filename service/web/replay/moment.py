"""What a page shows of one moment: the figure in words and everything that led to it."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace

from domain.clearance import visible_claims
from domain.estimates.claims import Claim
from domain.estimates.flags import Flag
from domain.estimates.policies import preference
from domain.times import from_micros, show_instant
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.kept_sums import MOST_FLAGS
from projections.answers.retrace import RetracedMoment
from projections.tables.journal import recorded_at
from service.query.chains import chain
from service.query.estimates import with_elsewhere
from service.query.standpoint import Standpoint
from service.query.words import REASONS, UNKNOWN, beside, grade, heading, reach, why_unknown
from service.web.acts.places import named_openly
from service.web.wording import claim_statement, counted

HIDDEN = ("not-yet-published", "not-yet-known", "beyond-clearance", "redacted")
"""Reasons that concern the times asked or the reader's clearance, not the claim."""
Order = Callable[[Claim], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure at a moment, in words."""

    figure: str
    behind: str
    unit: str
    period: str
    beside: str
    cutoff: str
    level: str
    reasons: tuple[str, ...]
    origins: tuple[str, ...]
    counts: str
    marking: str
    workings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim at a moment, in words: who states what, its grade, and why it counts or not."""

    order: tuple[int, ...]
    claim: str
    report: str
    originator: str
    statement: str
    period: str
    status: str
    basis: str
    grade: str
    published: str
    recorded: str
    position: int
    reason: str
    chain: tuple[tuple[str, str, str], ...]
    disputed_by: tuple[str, ...]
    quote: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag in words; for a contradiction, with its two sides."""

    code: str
    detail: str
    claims: tuple[str, ...]
    sides: tuple[ClaimView, ...]


@dataclass(frozen=True, slots=True)
class MomentView:
    """Everything that a page shows at one moment."""

    headline: Headline
    used: tuple[ClaimView, ...]
    left_out: tuple[ClaimView, ...]
    relays: tuple[ClaimView, ...]
    flags: tuple[FlagView, ...]
    n_flags: int


class MomentViews:
    """Builds the views of moments; it looks up each claim, time and chain only once."""

    def __init__(self, here: Standpoint, *, brief: bool = False) -> None:
        self._here, self._most_flags = here, MOST_FLAGS if brief else None
        self._recorded: dict[int, str] = {}
        self._chains: dict[object, tuple[tuple[str, str, str], ...]] = {}
        self._views: dict[tuple[int, str], tuple[Claim, ClaimView]] = {}

    def view_of(self, indicator: str, traced: RetracedMoment) -> MomentView:
        """Return the view of one step of the history."""
        explanation, result = traced.explanation, traced.explanation.defined.estimate
        here, body = replace(self._here, as_of=traced.step.as_of), traced.body
        if explanation.defined.question.cell is None:
            body = with_elsewhere(here, body)
        known = {claim.id: claim for claim in explanation.active}
        out = [each for each in explanation.left_out if each.reason not in HIDDEN]
        return MomentView(
            headline(
                body,
                result.steps,
                len(result.relays),
                {flag.code for flag in traced.flags},
                traced.unspecified,
            ),
            tuple(self._claim_view(claim, traced, "", preference) for claim in result.used),
            tuple(
                self._claim_view(
                    each.claim, traced, REASONS.get(each.reason, each.reason), _latest_first
                )
                for each in out
            ),
            tuple(self._claim_view(each.claim, traced, "", _latest_first) for each in result.relays),
            tuple(self._flag_view(flag, known, traced) for flag in traced.flags[: self._most_flags]),
            len(traced.flags),
        )

    def _flag_view(self, flag: Flag, known: dict[str, Claim], traced: RetracedMoment) -> FlagView:
        about = flag.claims if flag.code == "contradiction" else ()
        claims = [known[name] for name in about if name in known]
        sides = tuple(self._claim_view(claim, traced, "", preference) for claim in claims)
        named = named_openly(flag.claims, self._here.hidden)
        return FlagView(flag.code, flag.detail, named, sides)

    def _claim_view(self, claim: Claim, traced: RetracedMoment, reason: str, order: Order) -> ClaimView:
        # By identity: a claim is read once and shown at many steps, and this is most of the work.
        key = id(claim), reason
        if key not in self._views:
            self._views[key] = claim, self._new_claim_view(claim, traced, reason, order(claim))
        return self._views[key][1]

    def _new_claim_view(
        self, claim: Claim, traced: RetracedMoment, reason: str, order: tuple[int, ...]
    ) -> ClaimView:
        return ClaimView(
            order=order,
            claim=claim.id,
            report=claim.report,
            originator=claim.originator,
            statement=claim_statement(claim),
            period=claim.period,
            status=claim.status,
            basis=claim.basis,
            grade=grade(claim.reliability, claim.credibility),
            published=show_instant(from_micros(claim.published)),
            recorded=self._recorded_at(claim.position),
            position=claim.position,
            reason=reason,
            chain=self._chain(claim, traced),
            disputed_by=claim.disputed_by,
            quote=claim.quote,
            links=visible_claims(claim.links, self._here.hidden),
        )

    def _recorded_at(self, position: int) -> str:
        if position not in self._recorded:
            stamp = recorded_at(self._here.db, position) or 0
            self._recorded[position] = show_instant(from_micros(stamp))
        return self._recorded[position]

    def _chain(self, claim: Claim, traced: RetracedMoment) -> tuple[tuple[str, str, str], ...]:
        """The claims that a claim derives from, up to its origin: (claim, report, originator) each."""
        if not claim.links:
            return ()
        key = claim.id, claim.links
        if key not in self._chains:
            here = replace(self._here, as_of=traced.step.as_of)
            found = chain(here, claim.id)[1:]
            self._chains[key] = tuple((e["claim"], e["report"], e["originator"]) for e in found)
        return self._chains[key]


def _latest_first(claim: Claim) -> tuple[int, ...]:
    return tuple(-part for part in claim.headline_order)


def headline(
    body: EstimateAnswer, workings: Iterable[str], relays: int, codes: Set[str], unspecified: bool
) -> Headline:
    """Return an estimate in words.

    `workings` are the policy's steps, `relays` the number of relays, `codes` those of all flags;
    `unspecified` is whether claims without a number were left out.
    """
    headed = heading(body, why_unknown(body, codes, unspecified))
    numeric = body["measure"] != "proposition" and headed.said != UNKNOWN
    return Headline(
        figure=headed.said,
        behind=headed.behind,
        unit=(body["unit"] or "") if numeric else "",
        period=reach(body),
        beside="; ".join(beside(body)),
        cutoff=body["cutoff"] or "",
        level=body["support"]["level"] or "",
        reasons=tuple(body["support"]["reasons"]),
        origins=tuple(body["used"]),
        counts=_counts(body, relays),
        marking=body["marking"],
        workings=tuple(workings),
    )


def _counts(body: EstimateAnswer, relays: int) -> str:
    claims, reports = counted(body["claims"], "claim"), counted(body["reports"], "report")
    return f"{claims} in {reports}" + (f", {relays} of them relayed" if relays else "")


def empty_view() -> MomentView:
    """Return the view of the time before anything is known."""
    blank = Headline(
        *(UNKNOWN, "no claim yet", "", "", "", "", ""),
        *((), (), "nothing known yet", "TLP:CLEAR", ()),
    )
    return MomentView(blank, (), (), (), (), 0)
