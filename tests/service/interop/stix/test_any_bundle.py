"""Whatever a bundle holds, each of its objects is accounted for, and nothing breaks."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from service.interop.stix.extension import EXTENSION
from service.interop.stix.inbound.conversion import converted
from tests.places import LONG
from tests.service.interop.stix.stix_spec import BUNDLES

OBJECTS: list[dict[str, Any]] = [
    thing for path in BUNDLES.values() for thing in json.loads(path.read_bytes())["objects"]
]
IDS = [thing["id"] for thing in OBJECTS]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(IDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
acts = st.fixed_dictionaries({"position": values, "file_report": values})
ours = st.fixed_dictionaries(
    {"kind": st.sampled_from(["claim", "estimate", "link", "log", "report"]) | values},
    optional={"acts": values | st.lists(acts, max_size=2), "claim": values, "quantity": values},
)


@st.composite
def things(draw: st.DrawFn) -> Any:
    """An object of a bundle, some of whose properties are anything."""
    thing = dict(draw(st.sampled_from(OBJECTS)))
    for name in draw(st.lists(st.sampled_from([*thing, "labels", "extensions"]), max_size=3)):
        thing[name] = draw(values)
    if draw(st.booleans()):
        thing["extensions"] = {EXTENSION: draw(ours)}
    return thing


@given(st.lists(things() | values, max_size=8))
@settings(max_examples=5_000 if LONG else 150)
def test_every_object_of_any_bundle_is_accounted_for(given: list[Any]) -> None:
    body = json.dumps({"type": "bundle", "objects": given}).encode()

    found = converted(body, lambda name: len(name) % 2 == 0)

    places = [f"/objects/{n}" for n in range(len(given))]
    ids = [each["id"] for each in given if isinstance(each, dict) and isinstance(each.get("id"), str)]
    assert set(found.objects) <= {*places, *ids}
    assert len(found.objects) == len(given)
    taken = [line for told in found.objects.values() for line in told["lines"]]
    assert sorted(taken) == list(range(1, len(found.lines) + 1))


@given(st.binary(max_size=40) | values.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_refused(body: bytes) -> None:
    try:
        converted(body, lambda name: False)
    except Refused:
        return
    assert json.loads(body)["type"] == "bundle"
