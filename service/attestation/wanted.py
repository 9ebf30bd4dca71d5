"""Who else is to vouch for the log, and for which logs this one vouches: what the settings say."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_AUTHORITY, _CERTIFICATES, _SECONDS = (
    "INTELLOG_TIME_AUTHORITY",
    "INTELLOG_TIME_CERTIFICATES",
    "INTELLOG_TIME_SECONDS",
)


class BadAttestation(ValueError):
    """A setting of an authority or of witnesses that cannot be used; the message names the remedy."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What is asked of others, and what others may ask.

    `time_authority` is the address of an authority (RFC 3161) that is asked for a time stamp at most
    once in `time_seconds`; `time_certificates` is the file of roots to which its certificate leads.
    `witnesses` is the file of a policy whose witnesses are asked, `witnessed` one whose logs are
    cosigned. An attempt lasts for `attempt_seconds`; the first that fails is repeated after about
    `attempt_pause` seconds, then after twice as long each time.
    """

    time_authority: str | None = None
    time_certificates: Path | None = None
    time_seconds: int = 3_600
    witnesses: Path | None = None
    witnessed: Path | None = None
    attempt_seconds: float = 10
    attempt_pause: float = 5

    def __post_init__(self) -> None:
        if self.time_authority is not None:
            check_address(_AUTHORITY, self.time_authority)
            if self.time_certificates is None:
                raise BadAttestation(
                    f"{_CERTIFICATES}: is not set; without it nobody could tell whose time it is;"
                    f" set it to a PEM file with the root certificates of {_AUTHORITY}"
                )
        elif self.time_certificates is not None:
            raise BadAttestation(f"{_CERTIFICATES}: set {_AUTHORITY} as well, or neither")
        if self.time_seconds < 1:
            raise BadAttestation(f"{_SECONDS}: must be at least 1")


NOTHING = Attestation()
"""Nobody is asked, and nobody may ask."""


def attestation_from(environment: Mapping[str, str]) -> Attestation:
    """What the variables of an environment say; raises `BadAttestation`."""
    seconds = environment.get(_SECONDS) or "3600"
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        raise BadAttestation(f"{_SECONDS}={seconds[:60]}: must be a number of seconds, in digits")
    return Attestation(
        time_authority=environment.get(_AUTHORITY) or None,
        time_certificates=_file(environment, _CERTIFICATES),
        time_seconds=int(seconds),
        witnesses=_file(environment, "INTELLOG_WITNESSES"),
        witnessed=_file(environment, "INTELLOG_WITNESSED"),
    )


def _file(environment: Mapping[str, str], variable: str) -> Path | None:
    return Path(environment[variable]) if environment.get(variable) else None


def check_address(what: str, url: str) -> None:
    """Refuse what is not the address of a program to ask; raises `BadAttestation`."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or any(each.isspace() for each in url):
        raise BadAttestation(
            f"{what}: {url[:200]!r} must begin with https:// or http:// and name a host"
        )
