"""What filing the form would change, from a dry run."""

from typing import Any

from domain.vocabulary import split_claim_id
from service.dry_run import DryRunAnswer, DryRunEstimate

Body = dict[str, Any]


def preview_of(dry_run: DryRunAnswer) -> Body:
    """Return a dry run for the page, with the new flags of each estimate beside its other changes."""
    estimates = [
        {**each, "words": _words_without_flags(each), "flags": _new_flags(dry_run, each)}
        for each in dry_run["estimates"]
    ]
    return {**dry_run, "estimates": estimates}


def _new_flags(dry_run: DryRunAnswer, change: DryRunEstimate) -> list[Body]:
    """New flags of an estimate; a flag that suggests a link has the number of the claim to link."""
    questions: dict[tuple[str, ...], str] = {
        (each["claim"], each["derived_from"]): each["question"] for each in dry_run["questions"]
    }
    found = list[Body]()
    for flag in dry_run["flags"]:
        if flag["indicator"] == change["indicator"] and change["cohort"] is None:
            pair = tuple(flag["claims"][:2])
            report, n = split_claim_id(pair[0]) if pair in questions else ("", 0)
            number = n - 1 if report == dry_run["id"] else None
            found.append({**flag, "question": questions.get(pair), "n": number})
    return found


def _words_without_flags(change: DryRunEstimate) -> list[str]:
    pairs = zip(change["differences"], change["words"], strict=True)
    return [words for difference, words in pairs if difference["field"] != "flags"]
