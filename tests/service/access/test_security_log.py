"""One JSON object a line for each that comes in or is refused; none holds a secret."""

import inspect
import json
import logging
from typing import Any

import pytest

from service.access import security_log
from service.access.principal import Principal
from service.access.token_rows import Token
from service.process import REQUEST_ID
from tests.service.access.access_spec import NOW

ANA = Principal("Ana Ng", "analyst", "TLP:AMBER", "0123456789ab")
TOKEN = Token(
    "0123456789ab", "bot", "reader", "TLP:GREEN", NOW, "root", None, None, None, None, "a note"
)
WHO = {"subject": "Ana Ng", "role": "analyst", "token": "0123456789ab"}
MADE = {"token": "0123456789ab", "subject": "bot", "by": "root"}
AT = "192.0.2.1"

EVENTS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("logged_in", (ANA, AT), {"what": "login", **WHO}),
    ("logged_out", (ANA, AT), {"what": "logout", **WHO}),
    (
        "not_recognised",
        ("bearer", "expired", AT, "0123456789ab"),
        {"what": "not-recognised", "way": "bearer", "reason": "expired", "token": "0123456789ab"},
    ),
    (
        "not_recognised",
        ("login", "malformed", AT),
        {"what": "not-recognised", "way": "login", "reason": "malformed"},
    ),
    ("slowed_down", (AT, 3.99999), {"what": "login-delayed", "seconds": 4.0}),
    (
        "forbidden",
        (ANA, "admin", "POST", "/v1/tokens", AT),
        {"what": "forbidden", **WHO, "needed": "admin", "asked": "POST /v1/tokens"},
    ),
    ("limited", (ANA, "rate", AT), {"what": "limited", **WHO, "limit": "rate"}),
    (
        "token_issued",
        (TOKEN, "root", AT),
        {"what": "token-issued", **MADE, "role": "reader", "clearance": "TLP:GREEN"},
    ),
    ("token_revoked", (TOKEN, "root", AT), {"what": "token-revoked", **MADE}),
    ("issuer_unreachable", ("no answer", AT), {"what": "issuer-unreachable", "reason": "no answer"}),
]


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [
        json.loads(each.getMessage()) for each in caplog.records if each.name == "intellog.security"
    ]


@pytest.mark.parametrize(("name", "given", "expected"), EVENTS)
def test_each_event_is_an_object_that_says_when_what_who_and_where(
    caplog: pytest.LogCaptureFixture, name: str, given: tuple[Any, ...], expected: dict[str, Any]
) -> None:
    token = REQUEST_ID.set("abc-1")
    caplog.set_level(logging.INFO, "intellog.security")

    getattr(security_log, name)(*given)

    [line] = lines(caplog)
    time = line.pop("time")
    REQUEST_ID.reset(token)
    assert line == {"address": AT, "request": "abc-1", **expected}
    assert time.endswith("Z") and "T" in time


def test_every_function_is_among_the_examples() -> None:
    public = {
        name
        for name, value in vars(security_log).items()
        if inspect.isfunction(value) and value.__module__ == security_log.__name__
    }
    assert {name for name in public if not name.startswith("_")} == {name for name, _, _ in EVENTS}


def test_what_a_caller_chose_stays_within_its_line_and_is_bounded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = "/v1/x\n{}\r\x1b[2J\u2028" + "y" * 100_000
    security_log.forbidden(ANA, "admin", "GET", path, AT)

    [record] = caplog.records
    assert len(record.getMessage()) < 1_000
    assert record.getMessage().isprintable() and record.getMessage().isascii()
