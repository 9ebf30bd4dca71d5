"""What holds of every decision, whatever was decided before."""

from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from pydantic_core import to_json

from domain.commands import Command, CorrectReport
from domain.errors import Refused
from domain.events import Event, ReportCorrected
from domain.stream_names import indicator_stream
from domain.streams.report_state import Filed, claim_numbers, in_force, links
from domain.streams.source import Source
from domain.streams.versions import Version, timeline
from domain.times import EPOCH
from domain.vocabulary import claim_id
from service.interop.export import command_line
from service.interop.import_lines import command_of
from service.log.envelope import encode
from service.log.port import Pending
from service.streams.upcasters import encode_event, read_event
from tests.spec import World
from tests.strategies import BEFORE, histories, world

examples = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def accepted(commands: list[Command], world: World) -> Iterator[tuple[Command, list[Event]]]:
    """The commands that the world takes, each given out before its events are recorded."""
    for command in commands:
        try:
            events = world.decide(command)
        except Refused:
            continue
        yield command, events
        world.record(events)


def live(commands: list[Command]) -> tuple[World, list[Event]]:
    """The world after commands, and all that happened in it."""
    after = world()
    happened = [event for _, events in accepted(commands, after) for event in events]
    return after, [*BEFORE, *happened]


def filed_reports(world: World) -> list[Filed]:
    return [state for state in world.states.values() if isinstance(state, Filed)]


@examples
@given(histories)
def test_the_same_command_again_yields_no_event(commands: list[Command]) -> None:
    here = world()
    for command, _ in accepted(commands, here):
        again = World()
        again.states, again._with_claims = dict(here.states), set(here._with_claims)
        again.record(again.decide(command))

        assert again.decide(command) == []


@examples
@given(histories)
def test_events_replay_to_the_same_states(commands: list[Command]) -> None:
    after, events = live(commands)

    assert World(events).states == after.states


@examples
@given(histories)
def test_events_replay_to_the_same_states_from_their_stored_bytes(commands: list[Command]) -> None:
    after, events = live(commands)

    assert World(stored_and_read(event) for event in events).states == after.states


def stored_and_read(event: Event) -> Event:
    pending = Pending("1", event.TYPE, event.V, event.stream, 1, "ana", encode_event(event))
    return read_event(encode(pending, EPOCH))[1]


@examples
@given(histories)
def test_a_refused_command_leaves_no_trace(commands: list[Command]) -> None:
    here = world()
    for command in commands:
        before = repr(here.states)
        try:
            events = here.decide(command)
        except Refused as refused:
            assert refused.detail and "\n" not in refused.detail
            assert repr(here.states) == before
        else:
            here.record(events)


@examples
@given(histories)
def test_every_event_of_a_decision_is_of_its_stream_or_registers_a_source(
    commands: list[Command],
) -> None:
    here = world()
    for _, events in accepted(commands, here):
        assert all(event.TYPE == "SourceRegistered" for event in events[:-1])


@examples
@given(histories)
def test_links_never_go_round_at_any_publication_time(commands: list[Command]) -> None:
    here = world()
    for _ in accepted(commands, here):
        graph: dict[str, set[str]] = {}
        for report in filed_reports(here):
            for _, _, version in timeline(report.versions):
                for n in claim_numbers(report):
                    parents = graph.setdefault(claim_id(report.id, n), set())
                    parents.update(links(report, version, n))
                    parents.update(version.claims[n].rests_on if n in version.claims else ())

        TopologicalSorter(graph).prepare()  # raises CycleError


@examples
@given(histories)
def test_nobody_speaks_for_himself_and_no_plan_is_for_itself(commands: list[Command]) -> None:
    here = world()
    for _ in accepted(commands, here):
        chains = {}
        for state in here.states.values():
            if isinstance(state, Source) and state.registered:
                chains[state.registered.source] = {state.registered.speaks_for} - {None}
        plans = {name: here.definition(name) for name in here.alike(indicator_stream(""))}
        for name, definition in plans.items():
            chains[f"indicator:{name}"] = (
                {f"indicator:{definition.plans_for}"} if definition and definition.plans_for else set()
            )

        TopologicalSorter(chains).prepare()  # raises CycleError


@examples
@given(histories)
def test_what_is_exported_makes_the_same_events_again(commands: list[Command]) -> None:
    _, events = live(commands)
    elsewhere = World()
    for event in events:
        command = command_of(to_json(command_line(event)))[1]

        assert elsewhere.decide(command) == [event]
        elsewhere.record([event])


@examples
@given(histories)
def test_claim_numbers_are_never_used_again_and_leave_no_hole(commands: list[Command]) -> None:
    here = world()
    for command, events in accepted(commands, here):
        corrected = events[-1] if events else None
        if isinstance(command, CorrectReport) and isinstance(corrected, ReportCorrected):
            used = claim_numbers(here.report(command.report))
            pairs = zip(command.claims or (), corrected.claims or (), strict=True)
            fresh = [theirs.n for mine, theirs in pairs if mine.n not in used]

            assert fresh == list(range(len(used) + 1, len(used) + 1 + len(fresh)))
            assert all(mine.n in (None, theirs.n) for mine, theirs in pairs)
    for report in filed_reports(here):
        assert claim_numbers(report) == set(range(1, len(claim_numbers(report)) + 1))


@examples
@given(histories)
def test_one_version_is_in_force_at_a_time_the_last_published_then_the_last_recorded(
    commands: list[Command],
) -> None:
    after, _ = live(commands)
    for report in filed_reports(after):
        spans = list(timeline(report.versions))

        assert all(one[1] == next_[0] for one, next_ in pairwise(spans))
        assert [start for start, _, _ in spans] == sorted({start for start, _, _ in spans})
        assert spans[-1][1] is None
        for start, _, version in spans:
            assert in_force(report, start) is version
            assert version is by_the_rule(report, version)


def by_the_rule(report: Filed, at: Version) -> Version:
    """In force when a version takes force, as the rule has it in words."""
    end = next((v for v in report.versions if v.withdrawn), None)
    if end and end.force_from <= at.force_from:
        return end
    replaced = {version.replaces for version in report.versions}
    said = (v for v in report.versions if v.number not in replaced and not v.withdrawn)
    by_then = (v for v in said if v.published_at <= at.force_from)
    return max(by_then, key=lambda v: (v.published_at, v.number))
