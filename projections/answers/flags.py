"""Flags over all active claims of an indicator at any times; no estimate is stored with them."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from domain.estimates.assessment import inputs_changed
from domain.estimates.claims import Claim, LookUp
from domain.estimates.conflicts import contradictions_ever
from domain.estimates.flags import Flag, inputs_redacted
from domain.estimates.origins import resolve
from domain.estimates.suspicions.gathered import Gathered
from domain.estimates.suspicions.suspicion import Suspicion, flags_about
from domain.estimates.suspicions.watch import suspicions, suspicions_in
from domain.events import Definition
from domain.times import from_micros
from domain.vocabulary import Measure
from projections.answers.as_of import AsOf
from projections.answers.bare_claims import bare_claims
from projections.answers.candidates import possible_stand_ins
from projections.answers.claims import active, look_up
from projections.answers.estimate_answer import FlagAnswer, flag_answer
from projections.answers.estimates import defined_estimate
from projections.answers.gathering import gathered_about
from projections.answers.kept_suspicions import Listed, kept_suspicions
from projections.answers.latest_assessment import changed_since, latest_assessment
from projections.answers.questions import HEADLINE, Narrowing, question_of
from projections.answers.touched_groups import suspicions_among
from projections.giving_way import give_way
from projections.tables.redactions import redacted_inputs
from projections.tables.registry import indicator_at, voices_at

Suspect = Callable[[sqlite3.Connection, str, AsOf], Sequence[Suspicion]]
"""Finds every suspicion about an indicator at the times asked."""


def suspicions_of(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Suspicion]:
    """Every suspicion about an indicator, whatever cohort or cell it is about."""
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return []
    claims = bare_claims(db, indicator, as_of)
    # Of the relays those alone whose root may be absent: to look up the roots of all takes longer.
    gathered = Gathered(claims, claims, possible_stand_ins(db, indicator, as_of))
    parts, find = claims_of_parts(db, row.definition, as_of), look_up(db, as_of)
    give_way()
    found = suspicions_in(question_of(row.definition), gathered, parts, find)
    return [*found, *_about_inputs(db, indicator, as_of)]


def suspicions_over(
    db: sqlite3.Connection,
    indicator: str,
    definition: Definition,
    as_of: AsOf,
    claims: Sequence[Claim],
    find: LookUp,
) -> list[Suspicion]:
    """Every suspicion about an indicator; `claims` are all its active claims."""
    give_way()
    found = suspicions(question_of(definition), claims, claims_of_parts(db, definition, as_of), find)
    return [*found, *_about_inputs(db, indicator, as_of)]


def _about_inputs(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Suspicion]:
    return [Suspicion(flag, ()) for flag in flags_about_inputs(db, indicator, as_of)]


def flags_about_inputs(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> list[Flag]:
    """The flags about what the figure rested on: no claim of the indicator tells."""
    more = inputs_flag(db, indicator, as_of), redacted_flag(db, indicator, as_of)
    return [flag for flag in more if flag]


def inputs_flag(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Flag | None:
    """The flag that claims which the latest assessment cites have changed since, if they have."""
    latest = latest_assessment(db, indicator, as_of)
    changed = changed_since(db, latest[0], as_of) if latest else []
    return inputs_changed(latest[0], changed) if latest and changed else None


def redacted_flag(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> Flag | None:
    """The flag that reports which had made claims on an indicator were redacted since, if any were."""
    found = redacted_inputs(db, indicator, as_of.position)
    named = [(report, from_micros(at).date().isoformat()) for report, at in found]
    return inputs_redacted(named) if named else None


def active_claims(
    db: sqlite3.Connection, indicator: str, definition: Definition, as_of: AsOf
) -> list[Claim]:
    """All active claims on an indicator, of every cohort, with a figure or without."""
    whole = question_of(definition)
    return list(active(db, whole, indicator, as_of, every_cohort=True, unspecified=True))


def claims_of_parts(
    db: sqlite3.Connection, definition: Definition, as_of: AsOf
) -> dict[str, list[Claim]]:
    """The active claims with a figure on each part of an indicator."""
    found: dict[str, list[Claim]] = {}
    for part in definition.parts:
        row = indicator_at(db, part, as_of.position)
        claims = bare_claims(db, part, as_of) if row else []
        found[part] = [claim for claim in claims if claim.has_figure]
    return found


def flags(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing = HEADLINE,
    suspect: Suspect = suspicions_of,
) -> list[FlagAnswer]:
    """The flags over all active claims of what was asked, as callers receive them."""
    return [flag_answer(flag) for flag in listed_flags(db, indicator, as_of, asked, suspect).flags]


def listed_flags(
    db: sqlite3.Connection,
    indicator: str,
    as_of: AsOf,
    asked: Narrowing,
    suspect: Suspect,
    most: int | None = None,
) -> Listed:
    """At most `most` flags of what was asked, over all active claims, and the number of each code.

    Where they are kept, no more of them are read.
    """
    row = indicator_at(db, indicator, as_of.position)
    if row is None:
        return Listed([], {})
    question = question_of(row.definition, asked, voices=voices_at(db, as_of.position))
    kept = kept_suspicions(db, indicator, as_of, most) if question.headline else None
    if kept is not None:
        about = flags_about_inputs(db, indicator, as_of)
        counts = kept.counts | Counter(flag.code for flag in about)
        return Listed([*kept.flags, *about][:most], counts)
    claims = gathered_about(db, indicator, question, as_of)
    suspected = (
        suspect(db, indicator, as_of)
        if claims is None
        else suspicions_among(db, row.definition, as_of, claims)
    )
    found = flags_about(question, suspected)
    return Listed(found[:most], Counter(flag.code for flag in found))


def all_flags(
    db: sqlite3.Connection, indicator: str, as_of: AsOf, suspect: Suspect = suspicions_of
) -> list[Flag]:
    """Every open flag of an indicator: of its headline, over all its claims, at every cut-off."""
    defined = defined_estimate(db, indicator, as_of)
    if defined is None:
        return []
    question = defined.question
    claims = active(db, question, indicator, as_of, every_cohort=True)
    found = listed_flags(db, indicator, as_of, HEADLINE, suspect).flags
    return every_flag(question.measure, defined.estimate.flags, claims, look_up(db, as_of), found)


def every_flag(
    measure: Measure,
    of_headline: Iterable[Flag],
    claims: Iterable[Claim],
    find: LookUp,
    suspected: Iterable[Flag],
) -> list[Flag]:
    """The flags of a headline, over all claims, and at every cut-off of claims with a figure."""
    contradictions = contradictions_ever(measure, resolve(claims, find))
    flags = [*of_headline, *contradictions, *suspected]
    return list({(flag.code, frozenset(flag.claims)): flag for flag in reversed(flags)}.values())[::-1]
