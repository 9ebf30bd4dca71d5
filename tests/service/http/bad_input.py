"""Every write with its address, and requests of which some bytes are replaced."""

import json

from tests.http_spec import Ask

WRITES = {
    "indicator": ("PUT", "/v1/indicators/troops"),
    "source": ("PUT", "/v1/sources/nis"),
    "source's grade": ("POST", "/v1/sources/nis/grades"),
    "report": ("POST", "/v1/reports"),
    "correction": ("POST", "/v1/reports/r1/corrections"),
    "withdrawal": ("POST", "/v1/reports/r1/withdrawal"),
    "hold": ("POST", "/v1/reports/r1/hold"),
    "release": ("POST", "/v1/reports/r1/release"),
    "marking": ("POST", "/v1/reports/r1/marking"),
    "claim's grade": ("POST", "/v1/claims/r1/1/grades"),
    "link": ("POST", "/v1/claims/r1/1/links"),
}


def bytes_of(ask: Ask, old: bytes, new: bytes) -> Ask:
    """A request whose body, as bytes, has a part replaced."""
    body = json.dumps(ask.body).encode()
    assert body.count(old) == 1
    return Ask(ask.method, ask.path, body.replace(old, new))
