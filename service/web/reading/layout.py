"""The form of a text that is read: that of a report, with the text and a tick for each claim."""

from dataclasses import replace

from service.query.proposal_answers import DraftAnswer
from service.web.form.field import Field, Group, Layout
from service.web.form.filled import MOST_CLAIMS, Form
from service.web.form.report_fields import CLAIM, REPORT, REPORT_LAYOUT

TEXT, TICK, YES = "/text", "/ticked", "yes"
ASKED = ("/text", "/publisher", "/published_at", "/title", "/url")
"""What a text is read from, by the names of its fields."""
_TEXT = Field(TEXT, "Text", "The article, as it stands", "lines", required=True, verbatim=True)
READ_LAYOUT = Layout(
    (Group("", (_TEXT,)), *REPORT), (Group("", (Field(TICK, "File it", shape="hidden"),)), *CLAIM)
)


_FIRST = ("/indicator", "/originator", "/status", "/period", "/stance/asserts")
_FIRST_PARTS = ("/quantity/",)
_OF_CLAIM = [each for group in CLAIM for each in group.fields]
ESSENTIAL = Group(
    "", tuple(each for each in _OF_CLAIM if each.path in _FIRST or each.path.startswith(_FIRST_PARTS))
)
"""The fields of a claim that are read from a text, which are checked first."""
OTHERS = Group(
    "Other fields", tuple(each for each in _OF_CLAIM if each not in ESSENTIAL.fields), folded=True
)


def form_of(text: str, draft: DraftAnswer) -> Form:
    """The form filled with what was found in a text; the likely claims are ticked."""
    claims = [
        {**each["claim"], TICK.removeprefix("/"): YES if each["ticked"] else ""}
        for each in draft["claims"][:MOST_CLAIMS]
    ]
    return Form.of(READ_LAYOUT, {**draft["report"], "text": text, "claims": claims})


def ticked(form: Form) -> list[int]:
    """The numbers of the claims that are ticked, from 0."""
    return [n for n in range(form.claims) if form.typed.get(f"/claims/{n}{TICK}") == YES]


def filed_form(form: Form, claims: list[int]) -> Form:
    """The form of a report with these claims of a text that is read."""
    for n in reversed(range(form.claims)):
        if n not in claims:
            form = form.without(n)
    kept = {name: text for name, text in form.typed.items() if REPORT_LAYOUT.field_of(name)}
    return replace(form, layout=REPORT_LAYOUT, typed=kept)
