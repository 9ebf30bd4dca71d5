"""What tests share: a service with half a year of reports, and a device with little room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http_spec import Api, Body, Clock, claim, indicator, one_server, post, report, source

ROOM = 512 * 1024


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Four indicators and half a year of reports, each recorded the day after it was published.

    | position | recorded   | what                                                  |
    |----------|------------|-------------------------------------------------------|
    | 1 to 4   | 2025-01-01 | gives, killed, sent and troops are defined            |
    | 5, 6     | 2025-01-01 | nis is registered, and graded B                       |
    | 7, 8     | 2025-01-14 | k1: nis, about 300 killed                             |
    | 9, 10    | 2025-01-16 | k2: west, ungraded, 1,000 killed: a contradiction     |
    | 11       | 2025-05-01 | k3: nis, about 600 killed                             |
    | 12       | 2025-09-03 | k4: nis, about 2,000 killed                           |
    | 13       | 2025-09-04 | t1: nis on troops, a cohort of them, sent, and gives  |
    | 14       | 2025-09-05 | nis is graded A                                       |
    """
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("told"), clock) as api:
        api.given(
            indicator("gives", measure="proposition", title="Gives equipment", definition="Any."),
            indicator("killed", measure="cumulative", unit="persons", definition="In action."),
            indicator("sent", measure="increment", unit="persons"),
            indicator("troops", unit="persons"),
            source("nis", name="The service", kind="agency"),
            post("/v1/sources/nis/grades", reliability="B", reason="a long record"),
        )
        for name, day, recorded, said in (
            ("k1", "2025-01-13", "2025-01-14T09:00:00Z", figure(300)),
            ("k2", "2025-01-15", "2025-01-16T09:00:00Z", claim(1_000, "west", "killed")),
            ("k3", "2025-04-30", "2025-05-01T09:00:00Z", figure(600)),
            ("k4", "2025-09-02", "2025-09-03T09:00:00Z", figure(2_000)),
        ):
            clock.set(recorded)
            api.given(report(name, said, published_at=day))
        clock.set("2025-09-04T09:00:00Z")
        said_of_gives = {**claim(about="gives"), "stance": {"asserts": True}}
        del said_of_gives["quantity"]
        api.given(
            report(
                "t1",
                claim(10_000),
                claim(3_000, cohort="tranche-2"),
                claim(1_500, about="sent", period="2024-10"),
                claim(2_000, about="sent", period="2024-11"),
                said_of_gives,
                published_at="2025-09-03",
                marking="TLP:GREEN",
            )
        )
        clock.set("2025-09-05T09:00:00Z")
        api.given(post("/v1/sources/nis/grades", reliability="A", reason="right again"))
        assert api.head() == 14
        yield api


def figure(best: int) -> Body:
    return claim(about="killed", quantity={"best": best, "qualifier": "about"})


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, with little room."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no command mount, so no device can be filled")
    if done.returncode:
        pytest.skip(f"a file system may not be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
