"""How often somebody may ask, and how soon after a failed login one may try again.

Time is given, in seconds of a clock that never goes back. Memory is bounded: of too many keys, those
that were not seen for longest are forgotten.
"""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

MOST_KEYS = 10_000
LONGEST_DELAY = 60.0
"""Seconds that one waits after many failed logins."""
FORGOTTEN_AFTER = 900.0
"""Seconds without a failed login after which an address starts again."""
IPV6_SITE = 64
"""Bits of an IPv6 address that name a site: whoever has one address has all of them."""


class _Bucket(NamedTuple):
    tokens: float
    at: float


class Rates:
    """A bucket for each key: `rate` requests a second over time, `burst` of them at once."""

    def __init__(self, rate: float, burst: float, most: int = MOST_KEYS) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """Number of keys that are remembered."""
        return len(self._buckets)

    def take(self, key: str, now: float) -> float:
        """Seconds to wait before the next request, which are 0 if this one may be answered."""
        before = self._buckets.get(key)
        tokens = self._burst
        if before is not None:
            tokens = min(self._burst, before.tokens + (now - before.at) * self._rate)
        taken = tokens >= 1
        self._buckets[key] = _Bucket(tokens - taken, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / self._rate


class _Failures(NamedTuple):
    times: int
    at: float


class LoginDelays:
    """After each failed login an address waits twice as long, from 1 second to `LONGEST_DELAY`."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def __len__(self) -> int:
        """Number of addresses that are remembered."""
        return len(self._failures)

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0 if it may now."""
        failures = self._failures.get(_site(address))
        if failures is None:
            return 0.0
        delay = min(LONGEST_DELAY, 2.0 ** min(failures.times - 1, 10))
        return max(0.0, failures.at + delay - now)

    def failed(self, address: str, now: float) -> None:
        """Remember a failed login."""
        site = _site(address)
        before = self._failures.pop(site, _Failures(0, now))
        times = before.times if now - before.at < FORGOTTEN_AFTER else 0
        self._failures[site] = _Failures(times + 1, now)
        if len(self._failures) > self._most:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        self._failures.pop(_site(address), None)


def _site(address: str) -> str:
    """What one caller can choose from: an IPv4 address, or all of an IPv6 site."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), IPV6_SITE), strict=False))
