"""What an operator sets of signing, and the name that a log has in its checkpoints."""

from pathlib import Path

import pytest

from service.settings import BadSetting, Settings, from_environment
from service.signing.signer import keys_directory, origin_of

DATA, LOG = Path("data"), "0123456789abcdef"


def test_the_environment_says_where_keys_are_and_how_often_is_signed() -> None:
    given = {
        "INTELLOG_KEYS": "/secret/keys",
        "INTELLOG_ORIGIN": "intel.example/log",
        "INTELLOG_CHECKPOINT_SECONDS": "60",
        "INTELLOG_PUBLIC_PROOFS": "0",
    }
    found = from_environment(DATA, given)
    assert keys_directory(found) == Path("/secret/keys")
    assert (found.origin, found.checkpoint_seconds, found.public_proofs) == (
        "intel.example/log",
        60,
        False,
    )
    unset = from_environment(DATA, {})
    assert keys_directory(unset) == DATA / "keys"
    assert (unset.origin, unset.checkpoint_seconds, unset.public_proofs) == (None, 10, True)


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (Settings(DATA), f"intellog.invalid/{LOG}"),
        (Settings(DATA, public_url="https://intel.example:8443"), "intel.example:8443"),
        (Settings(DATA, public_url="https://intel.example", origin="log.example"), "log.example"),
    ],
)
def test_a_log_is_named_by_the_settings_or_by_itself(settings: Settings, origin: str) -> None:
    assert origin_of(settings, LOG) == origin


@pytest.mark.parametrize("origin", ["a b", "a+b", "a\n", "ä.example", "x" * 201])
def test_what_cannot_be_the_name_of_a_key_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(BadSetting, match="INTELLOG_ORIGIN"):
        from_environment(DATA, {"INTELLOG_ORIGIN": origin})


def test_a_switch_is_on_or_off() -> None:
    with pytest.raises(BadSetting, match="INTELLOG_PUBLIC_PROOFS=yes: must be 1 or 0"):
        from_environment(DATA, {"INTELLOG_PUBLIC_PROOFS": "yes"})
