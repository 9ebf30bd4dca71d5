"""Deciding what is recorded about one claim: its grade, its links, who disputes it."""

from typing import assert_never

from domain.commands import AnyClaimCommand, DisputeClaim, GradeClaim, LinkClaim, UnlinkClaim
from domain.errors import Refused
from domain.events import ClaimDisputed, ClaimGraded, ClaimLinked, ClaimUnlinked, Event
from domain.near import did_you_mean, nearest
from domain.stream_names import report_stream
from domain.streams.admission import Door
from domain.streams.context import Context
from domain.streams.dates import check_published
from domain.streams.hints import unknown_claim
from domain.streams.report_state import Filed, claim_numbers, evolve, in_force, links
from domain.streams.source import newcomers
from domain.vocabulary import split_claim_id


def decide(command: AnyClaimCommand, report: Filed, context: Context) -> list[Event]:
    """The events that a command yields on a claim of a report; raises `Refused`."""
    match command:
        case GradeClaim():
            return _grade(command, report, context)
        case LinkClaim():
            return _link(command, report, context)
        case UnlinkClaim():
            return _unlink(command, report, context)
        case DisputeClaim():
            return _dispute(command, report, context)
        case _:
            assert_never(command)


def _grade(command: GradeClaim, report: Filed, context: Context) -> list[Event]:
    n = _claim_number(command.claim, report, context)
    event = ClaimGraded(
        report=report.id,
        n=n,
        credibility=command.credibility,
        grader=context.actor,
        reason=command.reason,
        marking=command.marking,
    )
    return [] if report.grades.get(n) == event else [event]


def _link(command: LinkClaim, report: Filed, context: Context) -> list[Event]:
    n = _claim_number(command.claim, report, context)
    version = in_force(report) or report.versions[-1]
    if command.derived_from in links(report, version, n) and _may_see(command.derived_from, context):
        return []
    event = ClaimLinked(
        report=report.id,
        n=n,
        derived_from=command.derived_from,
        reason=command.reason,
        marking=command.marking,
    )
    linked = evolve(report, event)
    assert isinstance(linked, Filed)
    Door(context, linked, version).admit_link(n, command.derived_from)
    return [event]


def _unlink(command: UnlinkClaim, report: Filed, context: Context) -> list[Event]:
    n = _claim_number(command.claim, report, context)
    ever = {parent for version in report.versions for parent in links(report, version, n)}
    if not _may_see(command.derived_from, context):
        pass  # for the caller there is no such link
    elif command.derived_from in ever:
        return [
            ClaimUnlinked(
                report=report.id,
                n=n,
                derived_from=command.derived_from,
                reason=command.reason,
                marking=command.marking,
            )
        ]
    elif (n, command.derived_from) in report.unlinked:
        return []
    linked = nearest(command.derived_from, ever, lambda each: _may_see(each, context))
    message = f"claim '{command.claim}' has no link to '{command.derived_from}'"
    raise Refused("not-found", message + did_you_mean(linked))


def _may_see(claim: str, context: Context) -> bool:
    return context.may_see(report_stream(split_claim_id(claim)[0]))


def _dispute(command: DisputeClaim, report: Filed, context: Context) -> list[Event]:
    event = ClaimDisputed(
        report=report.id,
        n=_claim_number(command.claim, report, context),
        by=command.by,
        reason=command.reason,
        published_at=command.published_at.at if command.published_at else None,
    )
    if any(dispute.disputed == event for dispute in report.disputes):
        return []
    check_published(command.published_at, "/published_at", context.now)
    return [*newcomers([command.by], context), event]


def _claim_number(claim: str, report: Filed, context: Context) -> int:
    n = split_claim_id(claim)[1]
    numbers = claim_numbers(report)
    if n not in numbers:
        raise Refused("not-found", unknown_claim(context, claim))
    return n
