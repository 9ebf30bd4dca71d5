"""A briefing: what changed in a span, in sentences, by topic, most important first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.estimates.support import Level
from domain.events import Definition
from domain.stream_names import report_stream
from domain.vocabulary import MARKINGS, Marking
from projections.answers.claims import look_up
from projections.answers.figure import same_figure
from projections.answers.moments import Axis
from projections.answers.replay import last_touch
from projections.changed.history import ChangedEstimate, DefaultAnswer, rests
from projections.changed.published import published_changes
from projections.tables.journal import recorded_at
from projections.tables.levels import level_of
from projections.tables.registry import source_at
from service.query.board import Board, BoardFilter, group_of
from service.query.briefing_kinds import IMPORTANCE, Kind
from service.query.briefing_words import (
    STEPS,
    Told,
    anchor,
    figure_sentence,
    flag_sentences,
    joined,
    plan_sentence,
    relay_sentence,
    several_steps,
    support_sentence,
)
from service.query.change_marking import change_marking
from service.query.changed import changes_since
from service.query.net_change import net_change
from service.query.relays import relays_within
from service.query.slippage import slippage_rows, standing_row
from service.query.standpoint import Standpoint


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time on an axis; `begin` is the standpoint at its start, `here` that at its end.

    `since` is a position, or a moment of publication in microseconds.
    """

    axis: Axis
    since: int
    begin: Standpoint
    here: Standpoint


class Sentence(NamedTuple):
    """A sentence of a briefing: about which indicator, of what kind, and the event that it tells of.

    `moment` is when that was recorded or published, in microseconds.
    """

    topic: str | None
    indicator: str
    title: str
    kind: Kind
    words: str
    position: int
    moment: int | None
    marking: Marking

    @property
    def importance(self) -> int:
        """How important it is, 1 the most."""
        return IMPORTANCE[self.kind]


class _Move(NamedTuple):
    moment: int | None
    change: ChangedEstimate


class _Story(NamedTuple):
    """All that is told about one indicator, and where that stands in the order."""

    place: tuple[int, float, str]
    topic: str | None
    sentences: list[Sentence]


def briefing(span: Span, wanted: BoardFilter) -> list[Sentence]:
    """Every sentence about what changed in a span; those about one indicator follow each other."""
    stories = [
        story
        for row in Board(span.here).rows(wanted)
        if (story := _story(span, row.indicator, row.definition, wanted.topic))
    ]
    first = dict[str | None, tuple[int, float, str]]()
    for story in stories:
        first[story.topic] = min(first.get(story.topic, story.place), story.place)
    stories.sort(key=lambda story: (first[story.topic], story.topic or "", story.place))
    return [sentence for story in stories for sentence in story.sentences]


def _story(span: Span, indicator: str, definition: Definition, asked: str | None) -> _Story | None:
    here, topic = span.here.on(indicator), group_of(definition, asked)
    touched = last_touch(here.db, indicator, here.as_of.position)
    if span.axis == "record" and touched <= span.since and definition.plans_for is None:
        return None
    moves = _moves(span, here, indicator)
    found = [
        _sentence(here, indicator, definition, topic, told, move)
        for told, move in _told(here, definition, moves)
    ]
    found += _of_plan(span, indicator, definition, topic)
    found += _of_relays(span, here, indicator, definition, topic, moves)
    if not found:
        return None
    best = min(sentence.importance for sentence in found)
    # What is told in the same words stands together.
    words = found[0].words if definition.measure == "proposition" else ""
    place = best, -_size(moves, definition), f"{words} {definition.title}"
    return _Story(place, topic, found)


def _sentence(
    here: Standpoint,
    indicator: str,
    definition: Definition,
    topic: str | None,
    told: Told,
    move: _Move,
) -> Sentence:
    marking = change_marking(here, indicator, move.change)
    return Sentence(topic, indicator, definition.title, *told, *_where(move), marking)


def _moves(span: Span, here: Standpoint, indicator: str) -> list[_Move]:
    if span.axis == "publication":
        given = published_changes(here.db, indicator, here.as_of, span.since)
        return [_Move(*each) for each in given]
    found = changes_since(here, indicator, span.since)
    return [_Move(recorded_at(here.db, each["cause"]["position"]), each) for each in found]


def _where(move: _Move) -> tuple[int, int | None]:
    return move.change["cause"]["position"], move.moment


def _size(moves: Sequence[_Move], definition: Definition) -> float:
    """By how much a figure changed, relative to what it was; what is no figure comes last."""
    if not moves or definition.measure == "proposition":
        return -1.0
    before, after = moves[0].change["before"], moves[-1].change["after"]
    was, now = anchor(before) if before else None, anchor(after)
    return abs(now - was) / max(abs(was), 1.0) if was is not None and now is not None else 0.0


def _told(
    here: Standpoint, definition: Definition, moves: Sequence[_Move]
) -> Iterator[tuple[Told, _Move]]:
    """What is told of an indicator: its figure step by step, what became of its support, its flags."""
    net = net_change(move.change for move in moves)
    if net is None:
        return
    found = list(_of_figure(here, definition, moves, net))
    support = support_sentence(net["before"], net["after"])
    if support is not None:
        last = _last_of_support(moves)
        at = [n for n, (_, move) in enumerate(found) if move is last]
        if at:
            found[at[0]] = joined(found[at[0]][0], support), last
        else:
            found.append((support, last))
    yield from sorted(found, key=lambda each: moves.index(each[1]))
    for told in flag_sentences(net):
        yield told, moves[-1]


def _of_figure(
    here: Standpoint, definition: Definition, moves: Sequence[_Move], net: ChangedEstimate
) -> Iterator[tuple[Told, _Move]]:
    steps = _steps(moves)
    if len(steps) > STEPS:
        yield several_steps(net, len(steps), definition), steps[-1]
        return
    # Of an unchanged figure only the last days that it covers are told.
    for move in steps or moves[-1:]:
        if told := _figure_of(here, definition, move):
            yield told, move


def _last_of_support(moves: Sequence[_Move]) -> _Move:
    return [move for move in moves if _support_before(move) != move.change["after"]["support"]][-1]


def _support_before(move: _Move) -> Level | None:
    before = move.change["before"]
    return before["support"] if before else None


def _steps(moves: Sequence[_Move]) -> list[_Move]:
    """The changes of the figure; a flag may be raised before there is any."""
    return [
        move
        for move in moves
        if rests(move.change["after"]) or move.change["before"]
        if not same_figure(move.change["before"], move.change["after"])
    ]


def _last_of_figure(moves: Sequence[_Move]) -> _Move:
    return (_steps(moves) or moves)[-1]


def _figure_of(here: Standpoint, definition: Definition, move: _Move) -> Told | None:
    before, after = move.change["before"], move.change["after"]
    who, was = _leading(here, after), _leading(here, before) if before else None
    name = None if who is None or definition.measure == "increment" else _name_of(here, who)
    return figure_sentence(move.change, definition, name, who == was)


def _leading(here: Standpoint, answer: DefaultAnswer) -> str | None:
    """The originator of the claim that leads an answer."""
    claim = look_up(here.db, here.as_of)(answer["used"][0]) if answer["used"] else None
    return None if claim is None else claim.originator


def _name_of(here: Standpoint, source: str) -> str:
    """The name of a source; of a service with its country, since those of several states are alike."""
    row = source_at(here.db, source, here.as_of.position)
    if row is None or row.registered.name is None:
        return source
    name, country = row.registered.name, row.registered.country
    if country is None or row.registered.kind not in ("agency", "military"):
        return name
    return f"{name[:-1]}, {country})" if name.endswith(")") else f"{name} ({country})"


def _of_plan(
    span: Span, indicator: str, definition: Definition, topic: str | None
) -> Iterator[Sentence]:
    if definition.plans_for is None:
        return
    now, before = (
        standing_row(slippage_rows(each, indicator) or [], None) for each in (span.here, span.begin)
    )
    moves = _moves(span, span.here.on(definition.plans_for), definition.plans_for)
    told = plan_sentence(before, now, definition.unit) if now else None
    if told is not None and moves:
        last = _last_of_figure(moves)
        marking = change_marking(span.here, definition.plans_for, last.change)
        yield Sentence(topic, indicator, definition.title, *told, *_where(last), marking)


def _of_relays(
    span: Span,
    here: Standpoint,
    indicator: str,
    definition: Definition,
    topic: str | None,
    moves: Sequence[_Move],
) -> Iterator[Sentence]:
    movers = {move.change["cause"]["report"] for move in moves}
    found = [
        relay
        for relay in relays_within(here, indicator, span.axis, span.since)
        if relay.report not in movers
    ]
    if found:
        told, last = relay_sentence(len(found)), found[-1]
        level = max(level_of(here.db, report_stream(each.report)) for each in found)
        where = last.position, last.moment
        yield Sentence(topic, indicator, definition.title, *told, *where, MARKINGS[level])
