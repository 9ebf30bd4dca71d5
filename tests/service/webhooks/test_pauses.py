"""How long a webhook waits after attempts that failed."""

import pytest

from service.webhooks.pauses import LONGEST, pause_after


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [(1, 0.0, 5.0), (2, 0.0, 10.0), (4, 0.0, 40.0), (4, 1.0, 30.0), (5, 0.5, 70.0), (99, 0.0, LONGEST)],
)
def test_each_pause_is_twice_the_one_before_less_what_chance_takes_off(
    failures: int, chance: float, seconds: float
) -> None:
    assert pause_after(failures, 5.0, chance) == seconds
