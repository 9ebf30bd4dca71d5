"""A log as STIX is the same log again."""

from pathlib import Path

import pytest

from tests.histories import long_story
from tests.http_spec import Api, Body, Server
from tests.places import SEEDS
from tests.service.interop.stix.stix_spec import export, lines_of, take


def estimates(api: Api) -> list[Body]:
    return [
        {name: value for name, value in each.items() if name != "as_of"}
        for each in api.items("/v1/estimates")
    ]


@pytest.mark.parametrize("story", ["seeds", 1, 2])
def test_an_export_in_an_empty_log_is_the_same_log(
    server: Server, tmp_path: Path, story: str | int
) -> None:
    with server.over(tmp_path / "one") as api:
        for body in (
            [path.read_bytes() for path in sorted(SEEDS.glob("*.ndjson"))]
            if isinstance(story, str)
            else [lines_of(long_story(story, 80))]
        ):
            api.import_bytes(body)
        bundle, facts, figures = export(api).content, api.facts(), estimates(api)
        again = take(api, bundle)
        assert again[-1]["accepted"] == 0 == again[-1]["refused"]
        assert api.facts() == facts

    with server.over(tmp_path / "other") as api:
        lines = take(api, bundle)

        assert lines[-1]["refused"] == 0, [each for each in lines if "line" in each][:3]
        assert api.facts() == facts
        assert estimates(api) == figures
