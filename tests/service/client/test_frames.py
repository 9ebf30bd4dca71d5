"""Frames: what they hold, of which type, and that a selection from one is what the server answers."""

import subprocess
import sys
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from service.client import Client, NotFound, as_known
from service.client.frames import ESTIMATES, SERIES, VINTAGES
from tests.http_spec import Api, Ask, claim, indicator, post, report
from tests.places import ROOT
from tests.service.client.client_spec import client_at

FIGURE = ("best", "low", "high", "verdict", "open_low", "open_high")
MOMENTS = [f"2025-01-{day:02}" for day in range(9, 22)]


def told(name: str, day: int, *claims: Any) -> Ask:
    return report(name, *claims, published_at=f"2025-01-{day}")


def of(best: int, originator: str, day: int, **fields: Any) -> Any:
    return claim(best, originator=originator, stated_at=f"2025-01-{day}", **fields)


STORY = (
    indicator(),
    indicator("sent", measure="increment"),
    indicator("gives", measure="proposition"),
    told("r1", 10, of(100, "nis", 10)),
    told("r2", 15, of(150, "nis", 15), of(90, "un", 14)),
    told("late", 12, of(120, "nis", 12)),
    told("i1", 12, of(5, "nis", 12, about="sent", period="2024-11")),
    told("i2", 16, of(7, "nis", 16, about="sent", period="2024-12")),
    told("i3", 18, of(6, "nis", 18, about="sent", period="2024-11")),
    told(
        "p1",
        11,
        {"indicator": "gives", "originator": "nis", "status": "reported", "stance": {"asserts": True}},
    ),
    post("/v1/sources/un/grades", reliability="A"),
    post("/v1/reports/r1/hold", reason="doubtful"),
    post("/v1/reports/r1/release", reason="sound"),
    post(
        "/v1/reports/r2/corrections",
        kind="publisher",
        published_at="2025-01-18",
        claims=[{"n": 1, **of(140, "nis", 15)}],
    ),
    post(
        "/v1/reports/late/corrections",
        kind="record",
        reason="misread",
        claims=[{"n": 1, **of(125, "nis", 12)}],
    ),
    post("/v1/reports/r2/withdrawal", kind="publisher", published_at="2025-01-20", reason="untrue"),
    post("/v1/claims/p1/1/disputes", by="un", reason="no", published_at="2025-01-17"),
)


@pytest.fixture
def client(api: Api) -> Client:
    api.given(*STORY)
    api.get("/v1/estimates")
    return client_at(api.client)


def answered(client: Client, name: str, known: int, by: str | None, **asked: str) -> Any:
    """The figure that the server gives; that of a thing not yet known is no figure."""
    try:
        if by is not None:
            found = client.estimate(name, known_at=known, published_by=by, **asked)  # type: ignore[arg-type]
        else:
            found = client.estimate(name, known_at=known, **asked)  # type: ignore[arg-type]
    except NotFound:
        return (None,) * 4 + (False,) * 2
    return tuple(found[field] for field in FIGURE)  # type: ignore[literal-required]


def selected(frame: pd.DataFrame, known: int, by: str | None) -> Any:
    rows = as_known(frame, known, by)
    assert len(rows) <= 1
    if rows.empty:
        return (None,) * 4 + (False,) * 2
    return tuple(None if pd.isna(rows[name].iloc[0]) else rows[name].iloc[0] for name in FIGURE)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("troops", {}),
        ("troops", {"originator": "nis"}),
        ("sent", {}),
        ("sent", {"period": "2024-11"}),
        ("gives", {}),
    ],
)
def test_what_was_known_is_what_the_server_answers(
    client: Client, api: Api, name: str, asked: dict[str, str]
) -> None:
    frame = client.frames.vintages(name, **asked)  # type: ignore[arg-type]
    seen = set()
    for known in range(api.head() + 1):
        for by in (*MOMENTS, None):
            figure = answered(client, name, known, by, **asked)
            assert selected(frame, known, by) == figure, (known, by)
            seen.add(figure)

    assert len(seen) > 1  # the story has something to tell


def test_a_frame_of_vintages_is_tidy(client: Client, api: Api) -> None:
    frame = client.frames.vintages("troops", originator="nis")

    assert list(frame.columns) == list(VINTAGES)
    assert frame.attrs["as_of"]["position"] == api.head()
    assert set(frame["indicator"]) == {"troops"} and set(frame["originator"]) == {"nis"}
    assert frame["cohort"].isna().all()
    assert {str(frame[name].dtype) for name in ("known_from", "published_to")} == {
        "datetime64[us, UTC]"
    }
    assert (str(frame["best"].dtype), str(frame["to_position"].dtype)) == ("Float64", "Int64")
    ended = frame.dropna(subset=["known_to", "published_to"])
    assert (ended["known_from"] <= ended["known_to"]).all()
    assert (ended["published_from"] < ended["published_to"]).all()
    at_last = as_known(frame.iloc[0:0])
    assert at_last.empty and list(at_last.columns) == list(VINTAGES)
    now = frame[frame["to_position"].isna()].sort_values("published_from")
    for (_, one), (_, other) in pairwise(now.iterrows()):
        assert one["published_to"] <= other["published_from"]


def test_a_selection_by_time_is_that_by_position(client: Client) -> None:
    frame = client.frames.vintages("troops")
    for row in frame.to_dict("records"):
        by_time = as_known(frame, row["known_from"].isoformat(), "2025-01-16")
        last = frame[frame["known_from"] == row["known_from"]]["from_position"].max()
        later = [n for n in frame["from_position"] if n > last]
        until = min(later, default=None)
        known = (until - 1) if until is not None else last
        assert by_time.equals(as_known(frame, int(known), "2025-01-16"))


def test_a_frame_without_rows_has_its_columns(client: Client) -> None:
    vintages = client.frames.vintages("troops", published_by="2020-01-01")
    series = client.frames.series("troops", published_by="2020-01-01")

    assert (len(vintages), list(vintages.columns)) == (0, list(VINTAGES))
    assert (len(series), list(series.columns)) == (0, list(SERIES))
    assert str(vintages["known_to"].dtype) == "datetime64[us, UTC]"


def test_frames_of_different_times_can_be_put_together(client: Client, api: Api) -> None:
    times = ("2025-01-12", "2025-01-16")
    both = pd.concat([client.frames.series("troops", published_by=by) for by in times])
    board = client.frames.estimates(known_at=api.head())

    assert list(both["as_of_published_by"].dt.strftime("%Y-%m-%d").unique()) == list(times)
    assert list(board.columns) == list(ESTIMATES)
    assert list(board["indicator"]) == ["gives", "sent", "troops"]
    assert set(board["as_of_position"]) == {api.head()}


WITHOUT = """
import sys
sys.modules["pandas"] = None
from service.client import Client, MissingPandas
try:
    Client("http://127.0.0.1:1").frames.vintages("x")
except MissingPandas as error:
    print(error)
"""


def test_without_pandas_a_frame_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)

    assert done.stdout == "frames need pandas: pip install 'intellog[pandas]'\n"


def test_the_example_story_was_known_as_the_server_answers(api: Api) -> None:
    for seed in sorted((ROOT / "seeds").glob("*.ndjson")):
        api.import_bytes(seed.read_bytes())
    api.get("/v1/estimates")
    client = client_at(api.client)
    for each in client.indicators():
        frame = client.frames.vintages(each["id"])
        for known in (190, 216, 242):
            for by in ("2025-01-13", "2025-06-30", None):
                figure = answered(client, each["id"], known, by)
                assert selected(frame, known, by) == figure, (each["id"], known, by)
