"""What a submitted form amounts to: a command with its conditions, for somebody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from domain.commands import Command, CorrectReport, WithdrawReport
from domain.errors import Fault, Refused, refuse
from domain.vocabulary import restriction
from service.access.principal import Principal
from service.http.bodies import parsed
from service.http.faults import MOST_FAULTS
from service.web.acts.correction import only_changes
from service.web.acts.places import ActPage
from service.web.acts.subject import Subject
from service.web.form.filled import Form, Submission
from service.write.conditions import Versions
from service.write.decisions import WriteRequest


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form that somebody sent: for which page, about what, filled from which version."""

    page: ActPage
    subject: Subject
    by: Principal
    form: Form
    version: str

    async def request(self, form: Form) -> WriteRequest | None:
        """The write request of the form; None where it says what stands already. Raises `Refused`."""
        _check_chosen(form)
        page, subject = self.page, self.subject
        body = form.body(subject.stands if page.guarded else None)
        field = None if page.new else page.act.field
        path: Mapping[str, Any] | None = {field: subject.id} if field else None
        command: Command | None = await parsed(page.command, body, path)
        if isinstance(command, CorrectReport) and subject.report is not None:
            command = only_changes(command, subject.report.state)
        if command is None:
            return None
        return WriteRequest(
            command,
            self.by.subject,
            if_match=self._known_version(),
            if_none_match="*" if page.new and page.act.field is not None else None,
            size=len(body),
            clearance=self.by.clearance,
        )

    def _known_version(self) -> Versions | None:
        if not self.page.guarded:
            return None
        text = self.version
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise refuse("invalid", "", "the form does not say which version it changes; open it again")
        return frozenset({int(text)})

    @property
    def first_day(self) -> datetime | None:
        """The end of the first day on which the world could know what the act is about.

        None for an act that cannot change what was known then.
        """
        report = self.subject.report
        if self.page.command not in (CorrectReport, WithdrawReport) or report is None:
            return None
        published = min(version.provenance.published_at for version in report.state.versions)
        return datetime.combine(published.date(), time.max, published.tzinfo)


def check_fields(submission: Submission) -> None:
    """Refuse a form with fields that are not its own."""
    if submission.faults:
        faults = submission.faults[:MOST_FAULTS]
        raise Refused("invalid", "the form contains unknown fields", faults)


def _check_chosen(form: Form) -> None:
    """Refuse a form in which a choice that is explained was not made."""
    missing = [
        Fault(each.path, "is missing; choose one")
        for each in form.layout.of_whole.values()
        if each.shape == "radio" and not form.typed.get(each.path)
    ]
    if missing:
        raise Refused("invalid", f"{missing[0].pointer}: {missing[0].message}", missing)


def is_beyond(request: WriteRequest) -> bool:
    """Whether who gives a command will not see what it makes, because of the marking it gives."""
    marking = getattr(request.command, "marking", None)
    return marking is not None and restriction(marking) > restriction(request.clearance)
