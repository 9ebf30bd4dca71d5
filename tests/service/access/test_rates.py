"""How often somebody may ask, and how failed logins slow down, by a clock that is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rates import LoginDelays, Rates


def taken(rates: Rates, key: str, *times: float) -> list[float]:
    return [rates.take(key, each) for each in times]


def test_a_burst_is_answered_and_what_follows_waits_for_its_turn() -> None:
    rates = Rates(rate=2, burst=3)

    assert taken(rates, "ana", 0, 0, 0, 0) == [0, 0, 0, 0.5]
    assert taken(rates, "ana", 0.25) == [0.25]
    assert taken(rates, "ana", 0.5, 0.5) == [0, 0.5]


def test_a_refused_request_does_not_put_off_the_next() -> None:
    rates = Rates(rate=1, burst=1)
    rates.take("ana", 0)

    assert all(taken(rates, "ana", *[0.5] * 100))
    assert taken(rates, "ana", 1) == [0]


def test_nobody_saves_more_than_a_burst() -> None:
    rates = Rates(rate=10, burst=2)
    rates.take("ana", 0)

    assert taken(rates, "ana", 1e6, 1e6, 1e6)[:2] == [0, 0]
    assert rates.take("ana", 1e6) > 0


def test_each_has_a_bucket_of_its_own() -> None:
    rates = Rates(rate=1, burst=1)

    assert [rates.take(key, 0) for key in ("ana", "bob", "ana", "bob")] == [0, 0, 1, 1]


def test_memory_is_bounded_and_who_asks_most_is_remembered() -> None:
    rates = Rates(rate=0.001, burst=1, most=100)
    for n in range(1_000):
        rates.take("ana", n / 1000)
        rates.take(f"passer-by {n}", n / 1000)

    assert len(rates) == 100
    assert rates.take("ana", 1) > 0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200))
def test_no_timing_gives_more_than_the_rate_allows(times: list[float]) -> None:
    rates = Rates(rate=2, burst=5)
    allowed = [at for at in sorted(times) if rates.take("ana", at) == 0]

    for n, start in enumerate(allowed):
        for m in range(n, len(allowed)):
            assert m - n + 1 <= 5 + 2 * (allowed[m] - start) + 1e-6


def failures(delays: LoginDelays, address: str, times: int) -> float:
    """Fail, each time as soon as one may; the moment of the last failure."""
    now = 0.0
    for n in range(times):
        now += delays.wait(address, now) if n else 0
        delays.failed(address, now)
    return now


@pytest.mark.parametrize(
    ("times", "waits"), [(0, 0), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (5_000, 60)]
)
def test_each_failure_doubles_the_wait_up_to_a_minute(times: int, waits: float) -> None:
    delays = LoginDelays()
    now = failures(delays, "192.0.2.1", times)

    assert delays.wait("192.0.2.1", now) == waits
    assert delays.wait("192.0.2.1", now + waits) == 0


def test_a_login_that_succeeds_clears_the_address() -> None:
    delays = LoginDelays()
    now = failures(delays, "192.0.2.1", 5)
    delays.succeeded("192.0.2.1")

    assert delays.wait("192.0.2.1", now) == 0
    delays.failed("192.0.2.1", now)
    assert delays.wait("192.0.2.1", now) == 1


def test_failures_long_ago_do_not_count() -> None:
    delays = LoginDelays()
    now = failures(delays, "192.0.2.1", 7) + 900
    delays.failed("192.0.2.1", now)

    assert delays.wait("192.0.2.1", now) == 1


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("somewhere", "somewhere", True),
        ("somewhere", "elsewhere", False),
    ],
)
def test_an_address_stands_for_all_that_its_holder_can_choose_from(
    one: str, another: str, same: bool
) -> None:
    delays = LoginDelays()
    delays.failed(one, 0)

    assert (delays.wait(another, 0) > 0) is same


def test_memory_of_failures_is_bounded() -> None:
    delays = LoginDelays(most=100)
    for n in range(1_000):
        delays.failed(f"192.0.{n // 256}.{n % 256}", n)
    delays.failed("x" * 1_000_000, 1_000)

    assert len(delays) == 100
