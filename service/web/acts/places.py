"""Where each act has its page, and which acts are offered for what a page shows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain import commands
from domain.clearance import Hidden, visible_claims
from domain.commands import DeskCommand
from domain.estimates.flags import RELAYS
from domain.streams.report_state import ReportStatus
from domain.vocabulary import split_claim_id
from service.access.principal import Role
from service.acts.acts import ACTS, Act
from service.query.citations import CitationItem
from service.web.form.field import shown
from service.web.links import Query, address


@dataclass(frozen=True, slots=True)
class ActPage:
    """A page with the form of an act.

    On a `new` one the id is typed into the form and may not be taken; a `guarded` one is filled with
    what stands, and its form is refused once that has changed.
    """

    path: str
    command: type[DeskCommand]
    title: str = ""
    lead: str = ""
    new: bool = False
    guarded: bool = False

    @property
    def act(self) -> Act:
        """The act."""
        return ACTS[self.command]

    @property
    def heading(self) -> str:
        """What the page is headed with."""
        return self.title or self.act.title


ACT_PAGES: tuple[ActPage, ...] = (
    ActPage("/post", commands.FileReport, new=True),
    ActPage("/indicators/new", commands.DefineIndicator, "Define an indicator", new=True),
    ActPage("/indicators/{id}/edit", commands.DefineIndicator, guarded=True),
    ActPage(
        "/indicators/{id}/assess",
        commands.RecordAssessment,
        lead="Your own judgement, beside the estimate: it counts under the policy assessment/1 alone.",
    ),
    ActPage(
        "/citations/new",
        commands.CiteFigure,
        "Tell me when it moves",
        lead="Say where you used the figure: when it moves, the list of citations says so, with a "
        "sentence for a correction.",
        new=True,
    ),
    ActPage("/citations/{id}/close", commands.CloseCitation),
    ActPage("/register", commands.RegisterSource, "Register a source", new=True),
    ActPage("/sources/{id}/edit", commands.RegisterSource, guarded=True),
    ActPage("/sources/{id}/grade", commands.GradeSource),
    ActPage("/reports/{id}/correct", commands.CorrectReport, guarded=True),
    ActPage("/reports/{id}/withdraw", commands.WithdrawReport),
    ActPage(
        "/reports/{id}/redact",
        commands.RedactReport,
        lead="What the report said is destroyed, here and in every copy that follows this log. Nothing "
        "brings it back: to leave it out of the figures, withdraw it instead.",
    ),
    ActPage(
        "/reports/{id}/hold",
        commands.HoldReport,
        lead="While a report is held, every estimate leaves it out.",
    ),
    ActPage("/reports/{id}/release", commands.ReleaseReport),
    ActPage("/reports/{id}/mark", commands.MarkReport),
    ActPage("/claims/{report}/{n}/grade", commands.GradeClaim),
    ActPage(
        "/claims/{report}/{n}/link",
        commands.LinkClaim,
        lead="A claim that is taken from another one counts once, at its origin.",
    ),
    ActPage("/claims/{report}/{n}/unlink", commands.UnlinkClaim),
    ActPage("/claims/{report}/{n}/dispute", commands.DisputeClaim),
)
"""Every act by the address of its page."""
_BY_COMMAND: Mapping[type[Any], ActPage] = {
    page.command: page for page in ACT_PAGES if not page.new or page.command is commands.FileReport
}
"""The page of each act on something that is there."""


def act_address(command: type[DeskCommand], target: str, query: Query = ()) -> str:
    """The address of the page of an act, with what its form is filled with."""
    names = {"id": target}
    if ACTS[command].target == "claim":
        report, n = split_claim_id(target)
        names |= {"report": report, "n": str(n)}
    return address(_BY_COMMAND[command].path.format_map(names), query)


@dataclass(frozen=True, slots=True)
class Offer:
    """A link to the page of an act, for those who have its role."""

    words: str
    href: str
    role: Role
    label: str


def offer(command: type[DeskCommand], target: str, words: str = "", query: Query = ()) -> Offer:
    """The offer of an act, in words or by its verb; its label says as well what it is done to."""
    act = ACTS[command]
    words = words or act.verb
    label = words if target in words else f"{words} {target}"
    return Offer(words, act_address(command, target, query), act.role, label)


def report_offers(report: str, status: ReportStatus) -> list[Offer]:
    """The acts on a report that change anything as it stands."""
    by_status: Mapping[ReportStatus, tuple[type[DeskCommand], ...]] = {
        "open": (commands.HoldReport,),
        "held": (commands.ReleaseReport,),
        "withdrawn": (),
    }
    if status == "withdrawn":
        return [offer(commands.RedactReport, report)]
    always = (commands.CorrectReport, *by_status[status], commands.MarkReport, commands.WithdrawReport)
    return [offer(command, report) for command in (*always, commands.RedactReport)]


def claim_offers(
    claim: str, links: Collection[str] = (), status: ReportStatus = "open", *, report: bool = False
) -> list[Offer]:
    """The acts on a claim that change anything as it stands, and those on its report if asked."""
    if status == "withdrawn":
        return []
    found = [offer(commands.GradeClaim, claim), offer(commands.LinkClaim, claim)]
    if links:
        one = {"derived_from": next(iter(links))} if len(links) == 1 else {}
        found.append(offer(commands.UnlinkClaim, claim, query=one))
    found.append(offer(commands.DisputeClaim, claim))
    if report:
        found.append(offer(commands.HoldReport, split_claim_id(claim)[0]))
    return found


def flag_offers(code: str, claims: Sequence[str]) -> list[Offer]:
    """What to do about a flag: the link that it suggests, or to judge the first of its claims."""
    found = link_offers(code, claims)
    for claim in claims[:_MOST_JUDGED]:
        report = split_claim_id(claim)[0]
        found.append(offer(commands.DisputeClaim, claim, f"dispute {claim}"))
        found.append(offer(commands.HoldReport, report, f"hold {report}"))
    return found


def named_openly(claims: Sequence[str], hidden: Hidden) -> tuple[str, ...]:
    """The claims of a flag for which acts are offered: none if the reader may not see one of them."""
    return tuple(claims) if len(visible_claims(claims, hidden)) == len(claims) else ()


def link_offers(code: str, claims: Sequence[str]) -> list[Offer]:
    """The link that a flag suggests, if it does."""
    if code not in RELAYS or len(claims) < 2:
        return []
    child, parent = claims[:2]
    words = f"link {child} to {parent}"
    return [offer(commands.LinkClaim, child, words, {"derived_from": parent})]


_MOST_JUDGED = 2
"""Maximum number of claims of a flag for which acts are offered beside it."""


def source_offers(source: str) -> list[Offer]:
    """The acts on a source."""
    return [
        offer(commands.RegisterSource, source, "describe"),
        offer(commands.GradeSource, source),
    ]


def indicator_offers(indicator: str, used: Collection[str] = ()) -> list[Offer]:
    """The acts on an indicator; `used` are the claims that an assessment may rest on."""
    claims = {"claims": "\n".join(used)} if used else {}
    return [
        offer(commands.DefineIndicator, indicator, "revise the definition"),
        offer(commands.RecordAssessment, indicator, query=claims),
    ]


def new_offer(command: type[DeskCommand], words: str, query: Query = ()) -> Offer:
    """The offer to begin something."""
    page = next(page for page in ACT_PAGES if page.new and page.command is command)
    return Offer(words, address(page.path, query), page.act.role, words)


def cite_offer(indicator: str, pinned: Mapping[str, str]) -> Offer:
    """The offer to cite the figure that a page shows; the question is pinned to a position."""
    asked = {name: value for name, value in pinned.items() if name != "known_at"}
    query = {"indicator": indicator, **asked, "position": pinned["known_at"]}
    return new_offer(commands.CiteFigure, "Tell me when it moves", query)


def citation_offers(citation: CitationItem, position: int) -> list[Offer]:
    """The acts on a citation that change anything: to close it, or to cite it as at a position."""
    if citation["closed"]:
        return []
    asked, rule = citation["question"], citation["when_it_moves"]
    names: tuple[_Asked, ...] = ("period", "cohort", "incident", "originator", "policy")
    query: dict[str, object] = {"position": position}
    query |= {name: citation[name] for name in _REPEATED}
    query |= {name: asked[name] for name in names}
    query |= {f"when_it_moves/{name}": shown(rule[name]) for name in _RULE}
    again = new_offer(commands.CiteFigure, "cite as it is now", query)
    return [offer(commands.CloseCitation, citation["id"], "close"), again]


_Asked = Literal["period", "cohort", "incident", "originator", "policy"]
_REPEATED: tuple[Literal["id", "indicator", "where", "note", "marking"], ...] = (
    "id",
    "indicator",
    "where",
    "note",
    "marking",
)
_RULE: tuple[Literal["by_percent", "or_support", "or_flag"], ...] = (
    "by_percent",
    "or_support",
    "or_flag",
)

CITE = new_offer(commands.CiteFigure, "Cite a figure")
"""The page on which a figure is cited."""
REGISTER = new_offer(commands.RegisterSource, "Register a source")
