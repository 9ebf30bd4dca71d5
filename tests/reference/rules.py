"""The reference of what the domain names: events, policies and flags."""

from domain.estimates.flags import MEANING
from domain.estimates.policies import ASSESSMENT, DEFAULT_POLICY, POLICIES
from domain.events import EVENT_TYPES
from service.metrics.table import TABLE
from service.web.description import Schema, schema_table
from tests.reference.markdown import code, fields, table

EVENTS = """# Events

Everything that the log can hold, made from the program. Each event is one JSON object with `position`,
`id`, `type`, `v` (the version of its fields), `stream`, `version` (its number in the stream),
`recorded_at`, `actor` and `data`; below are the fields of `data`. *Revises* is what a revised figure is
called when this event revised it. [Follow the log](../how-to/follow-the-log.md) says how to read them.
"""
POLICY = """# Policies

How origins become a figure, made from the program. An indicator names its own policy; `?policy=` asks
for another one, for this question only. [Estimates](../estimates.md) says why the default is as it is,
and [compare policies](../how-to/compare-policies.md) what another one would change.
"""
FLAG = """# Flags

What the program suggests to look at, made from the program. A flag changes no figure: nothing is
merged, linked or dropped by itself. `/v1/conflicts` and the page *Conflicts* list every open one.
"""
METRIC = """# Metrics

What `/metrics` shows, made from the program. [Operating](../operating.md#metrics) says how to read
it, and has a dashboard and alerts.

"""
ANALYSTS = "The latest judgement that an analyst recorded; no function of the claims."


def metrics() -> str:
    """Every metric as a row of a table."""
    rows = [
        (code(each.name), each.kind, ", ".join(map(code, each.labels)) or "-", each.help)
        for each in TABLE
    ]
    return "\n".join(table(("name", "kind", "labels", "meaning"), rows)).rstrip() + "\n"


def events(api: Schema) -> str:
    """Every event with its fields."""
    lines, named = [EVENTS], set(api["components"]["schemas"])
    for kind in EVENT_TYPES:
        shape = schema_table(kind.TYPE, kind.model_json_schema())
        change = kind.CHANGE or "by the cut-off of the figure"
        lines += [f"## {kind.TYPE}", "", _words(kind), ""]
        lines += [f"Version {kind.V}. Revises: {change}.", "", *fields(shape, named, "types.md")]
    return "\n".join(lines).rstrip() + "\n"


def policies() -> str:
    """Every policy by its name and version."""
    rows = [
        (code(name) + (" (default)" if name == DEFAULT_POLICY else ""), _words(policy).split("\n\n")[0])
        for name, policy in POLICIES.items()
    ]
    return "\n".join([POLICY, *table(("policy", "figure"), [*rows, (code(ASSESSMENT), ANALYSTS)])])


def flags() -> str:
    """Every flag by its code."""
    return "\n".join(
        [FLAG, *table(("flag", "meaning"), [(code(name), MEANING[name]) for name in MEANING])]
    )


def _words(thing: object) -> str:
    """The docstring of a thing, without the indentation that source has."""
    return "\n".join(line.strip() for line in (thing.__doc__ or "").strip().splitlines())
