"""Whom the operator trusts: what the files say that the settings name, read at the start."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from service.attestation.wanted import Attestation, BadAttestation, check_address
from service.proof.policy import Policy
from service.proof.policy_file import parse_policy
from service.proof.time_stamp import Roots, can_stamp, roots_of

MISSING = "needs the extra `time`; install it with: pip install 'intellog[time]'"
Read = TypeVar("Read")


class Trust(NamedTuple):
    """The roots of the authority, the policy with the witnesses, and that with the logs to witness."""

    roots: Roots = ()
    witnesses: Policy | None = None
    witnessed: Policy | None = None


NOBODY = Trust()
"""Nobody is trusted: what holds where the settings name no one."""


def trust_of(settings: Attestation) -> Trust:
    """Read what the settings name; raises `BadAttestation`, with what to do."""
    if settings.time_authority is not None and not can_stamp():
        raise BadAttestation(f"INTELLOG_TIME_AUTHORITY: {MISSING}")
    return Trust(
        _read("INTELLOG_TIME_CERTIFICATES", settings.time_certificates, roots_of) or (),
        _read("INTELLOG_WITNESSES", settings.witnesses, _witnesses),
        _read("INTELLOG_WITNESSED", settings.witnessed, _witnessed),
    )


def _read(variable: str, path: Path | None, meaning: Callable[[bytes], Read]) -> Read | None:
    if path is None:
        return None
    try:
        return meaning(path.read_bytes())
    except OSError as error:
        raise BadAttestation(f"{variable}={path}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
        raise BadAttestation(f"{variable}={path}: {error}") from None


def _witnesses(content: bytes) -> Policy:
    policy = parse_policy(content)
    for each in policy.witnesses:
        if each.url is not None:
            check_address(f"INTELLOG_WITNESSES: witness {each.name}", each.url)
    if not any(each.url for each in policy.witnesses):
        raise ValueError("no witness in it has an address; write: witness <name> <key> <url>")
    return policy


def _witnessed(content: bytes) -> Policy:
    """The logs to witness; a file of nothing but keys needs no quorum line."""
    lines = content.decode(errors="surrogateescape")
    quorum = any(line.split()[:1] == ["quorum"] for line in lines.splitlines())
    policy = parse_policy(content if quorum else content + b"\nquorum none\n")
    if not policy.logs:
        raise ValueError("it names no log; write: log <key>")
    return policy
