"""A form to show: filled in, tried, refused or out of date."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.commands import FileReport
from domain.errors import Fault, Refused
from projections.tables.registry import indicators_at, sources_at
from service.dry_run import DryRunAnswer
from service.http.problem_kinds import PROBLEMS
from service.http.problems import Problem, shown_problem
from service.query.standpoint import Standpoint
from service.web.acts.places import ActPage
from service.web.acts.subject import Subject
from service.web.form.field import number_fault
from service.web.form.filled import Form
from service.web.form.preview import preview_of
from service.web.pages import Page

MOST_SUGGESTED = 1_000
"""Maximum number of known ids that are suggested; any other id may be typed as well."""
UNCHANGED = "Nothing was recorded, and nothing would be: it is so already."


@dataclass(frozen=True, slots=True)
class Past:
    """What an act would change of what the world could know by a day."""

    day: str
    preview: DryRunAnswer


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody else changed in the meantime: a field with its text before and now."""

    label: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A form to show again: with what is wrong or what it would change, and the field to focus.

    `version` is that of what the form was filled from; `changes` are what somebody else changed since.
    """

    form: Form
    problem: Problem | None = None
    faults: Sequence[Fault] = ()
    preview: DryRunAnswer | None = None
    past: Past | None = None
    notice: str = ""
    focus: str = ""
    version: str = ""
    changes: Sequence[Change] | None = None


def with_fault(form: Form, error: Exception) -> Draft:
    """The form with what is wrong with it."""
    faults = error.faults if isinstance(error, Refused) else ()
    return Draft(form, shown_problem(error), [_as_typed(form, fault) for fault in faults])


def _as_typed(form: Form, fault: Fault) -> Fault:
    """A fault in the words of who types: of a text that is no number, how a number is written."""
    text = form.typed.get(fault.pointer, "").strip()
    if form.layout.field_of(fault.pointer) is None or not form.field(fault.pointer).misread(text):
        return fault
    return Fault(fault.pointer, number_fault(text))


def draft_page(page: ActPage, draft: Draft, subject: Subject, action: str, here: Standpoint) -> Page:
    """The page of an act with its form."""
    position, form = here.as_of.position, draft.form
    layout = form.layout
    placed = [(layout.field_at(fault.pointer, form.claims), fault) for fault in draft.faults]
    messages = dict[str, str]()
    for name, fault in placed:
        if name:
            messages[name] = "; ".join(filter(None, (messages.get(name), fault.message)))
    kind = PROBLEMS[draft.problem.code] if draft.problem else None
    context = {
        "page": page,
        "act": page.act,
        "subject": subject,
        "action": action,
        "files": page.command is FileReport,
        "draft": draft,
        "form": form,
        "groups": {"report": layout.whole, "claim": layout.claim},
        "kind": kind,
        "faults": [(name, form.label(name or fault.pointer), fault) for name, fault in placed],
        "messages": messages,
        "preview": preview_of(draft.preview, form) if draft.preview else None,
        "past": preview_of(draft.past.preview, form) if draft.past else None,
        "indicators": indicators_at(here.db, position, limit=MOST_SUGGESTED),
        "sources": sources_at(here.db, position, limit=MOST_SUGGESTED),
    }
    return Page("act.html", context, kind.status if kind else 200)


def changes_since(before: Form, now: Form) -> list[Change]:
    """The fields in which one filled form differs from another one."""
    layout, claims = now.layout, max(before.claims, now.claims)
    return [
        Change(now.label(name), before.typed.get(name, ""), now.typed.get(name, ""))
        for name in layout.names(claims)
        if now.field(name).shape != "hidden" and before.typed.get(name, "") != now.typed.get(name, "")
    ]
