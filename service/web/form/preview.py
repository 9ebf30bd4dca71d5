"""What filing the form would change, from a dry run."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.estimates.citation_rule import WhenItMoves
from domain.events import FigureCited
from domain.vocabulary import split_claim_id
from service.dry_run import DryRunAnswer, DryRunEstimate
from service.query.citation_words import rule_words
from service.web.form.filled import NUMBER, Form

Body = dict[str, Any]


def preview_of(dry_run: DryRunAnswer, form: Form) -> Body:
    """Return a dry run for the page, with the new flags of each estimate beside its other changes."""
    places = _places(form)
    estimates = [
        {**each, "words": _words_without_flags(each), "flags": _new_flags(dry_run, each, places)}
        for each in dry_run["estimates"]
    ]
    return {**dry_run, "estimates": estimates, "rules": list(_rules(dry_run))}


def _rules(dry_run: DryRunAnswer) -> Iterator[str]:
    """When figures that would be cited count as moved, in words."""
    for each in dry_run["events"]:
        if each["type"] == FigureCited.TYPE:
            yield rule_words(WhenItMoves.model_validate(each["data"]["when_it_moves"]))


def _places(form: Form) -> Mapping[int, int]:
    """Where the claims of the report stand in the form, by their numbers in the report."""
    if NUMBER in form.layout.of_claim:
        return {n: i for i in range(form.claims) if (n := form.number(i)) is not None}
    return {i + 1: i for i in range(form.claims)}


def _new_flags(dry_run: DryRunAnswer, change: DryRunEstimate, places: Mapping[int, int]) -> list[Body]:
    """New flags of an estimate; a flag that suggests a link has the place of the claim to link."""
    questions: dict[tuple[str, ...], str] = {
        (each["claim"], each["derived_from"]): each["question"] for each in dry_run["questions"]
    }
    found = list[Body]()
    for flag in dry_run["flags"]:
        if flag["indicator"] == change["indicator"] and change["cohort"] is None:
            pair = tuple(flag["claims"][:2])
            report, n = split_claim_id(pair[0]) if pair in questions else ("", 0)
            place = places.get(n) if report == dry_run["id"] else None
            found.append({**flag, "question": questions.get(pair), "n": place})
    return found


def _words_without_flags(change: DryRunEstimate) -> list[str]:
    pairs = zip(change["differences"], change["words"], strict=True)
    return [words for difference, words in pairs if difference["field"] != "flags"]
