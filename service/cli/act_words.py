"""What verbs that write print for people: what was recorded, and what a dry run would change."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from domain.commands import DeskCommand
from service.acts.acts import ACTS, Undo
from service.api.write import Written
from service.cli.output import say_json, show
from service.dry_run import DryRunAnswer


def written_line(written: Written, done: str, is_new: bool | None) -> str:
    """What is so, and where the log says it; `is_new` is None where the answer does not tell."""
    at = f"position {written['position']:,}"
    if is_new is None:
        return f"{done}: version {written['version']}, at {at}"
    return f"{done}, {f'recorded at {at}' if is_new else f'as it was already at {at}'}"


def undo_line(undo: Undo | str, command: type[DeskCommand], facts: Mapping[str, Any]) -> str:
    """What takes an act back: the command line where the facts give all of it, else in words."""
    if isinstance(undo, str):
        return undo
    if undo.whole or (undo.command is command and not undo.earlier):
        return f"to take it back: {undo.words.format_map(facts)}"
    given = {**{name: facts[name] for name in (*undo.given, *undo.earlier)}, **undo.fixed}
    options = (f" --{name.replace('_', '-')} {value}" for name, value in given.items())
    return f"to take it back: intellog {ACTS[undo.command].verb} {facts['target']}{''.join(options)}"


def say_tried(answer: DryRunAnswer, as_json: bool) -> None:
    """Print what a command would record and change."""
    if as_json:
        say_json(answer)
    else:
        show(answer, dry_run_text)


def dry_run_text(answer: DryRunAnswer) -> Text:
    """What a command would record and change, in words."""
    return Text("\n".join(_dry_run_lines(answer)))


def _dry_run_lines(answer: DryRunAnswer) -> Iterator[str]:
    if not answer["new"]:
        yield "nothing was written, and nothing would be: it is so already"
        return
    events = ", ".join(f"{each['type']} ({each['stream']})" for each in answer["events"])
    yield f"nothing was written; this would be: {events}"
    changed = [each for each in answer["estimates"] if each["words"]]
    for each in changed:
        cohort = f" ({each['cohort']})" if each["cohort"] else ""
        yield f"the estimate of {each['indicator']}{cohort} would change:"
        yield from (f"  {words}" for words in each["words"])
    if not changed:
        yield "no estimate would change"
    asked: dict[tuple[str, ...], str] = {
        (each["claim"], each["derived_from"]): each["question"] for each in answer["questions"]
    }
    for flag in answer["flags"]:
        detail = asked.get(tuple(flag["claims"][:2]), flag["detail"])
        yield f"new flag on {flag['indicator']}: {flag['code']}: {detail}"
