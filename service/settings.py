"""Settings of an operator, from the command line and the environment, typed and checked once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from domain.vocabulary import composed
from service.access.provider import BadProvider, Provider, provider_from
from service.log.open import BadAddress, check_address

MEGABYTE = 1_048_576
Network = IPv4Network | IPv6Network


class BadSetting(ValueError):
    """A setting that the service cannot run with; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may take of the machine; an operator sets each by `INTELLOG_` and its name.

    `connections` is also kept below the number of files that the process may open. `head_bytes` and
    `head_seconds` bound the head of a request, `body_seconds` a whole body, `import_quiet_seconds`
    the pause within an import or a file, `idle_seconds` the pause between two requests,
    `send_seconds` the time for which a client may not read what it is sent.

    `streams` is the maximum number of open event streams, `streams_per_client` that of one address.
    `questions` is the maximum number of questions that are answered at a time, `questions_waiting`
    of those that wait for their turn, and `question_seconds` the time for one, waiting included.

    Where callers need a token, `streams_per_client` counts those of one principal, and `rate` is how
    many requests a second one may send; twice as many may come at once.
    """

    connections: int = 4_000
    head_bytes: int = 65_536
    head_seconds: int = 10
    body_seconds: int = 60
    import_quiet_seconds: int = 600
    idle_seconds: int = 60
    send_seconds: int = 120
    streams: int = 1_000
    streams_per_client: int = 600
    questions: int = 8
    questions_waiting: int = 100
    question_seconds: int = 30
    rate: int = 100

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) < 1:
                raise BadSetting(f"INTELLOG_{each.name.upper()}: must be at least 1")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the log is and how the service answers.

    `data` is the directory of the views and of the log, unless `log` is the address of a database
    (`service.log.open`). That address may contain a password, so it is never printed. `actor` is
    recorded with every event. `body_limit` is the maximum size of a body, and of one import line, in
    bytes; `table_limit` is that of an uploaded table, `evidence_limit` that of a file of evidence, and
    `import_room` that of what an import keeps on disk until its end.

    Times are in seconds. `grace`: how long a read waits for the views to reach the head of the log
    before it answers from what they hold. `patience`: how long a read waits for the position in
    `min_position`. `write_patience`: how long a write waits to be durable. `stall`: for how long the
    views may stand still while events wait, before the service reports that it is not ready; longer
    than it takes to start a projector again or to apply the largest batch. `session_seconds`: for how
    long a browser stays logged in.

    `public_url` is the address by which others reach the service, through a proxy that is among
    `trusted_proxies`; what those say of their callers is believed. `tls` is a certificate chain and its
    key, with which the service itself speaks TLS. `provider` vouches for people by tokens of its own.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    actor: str = "local"
    body_limit: int = 8 * MEGABYTE
    table_limit: int = 64 * MEGABYTE
    import_room: int = 4_096 * MEGABYTE
    evidence_limit: int = 50 * MEGABYTE
    grace: float = 0.5
    patience: float = 5.0
    write_patience: float = 30.0
    stall: float = 15.0
    log: str | None = field(default=None, repr=False)
    limits: Limits = Limits()
    session_seconds: int = 12 * 3_600
    public_url: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    tls: tuple[Path, Path] | None = None
    provider: Provider | None = None

    def __post_init__(self) -> None:
        if self.public_url is not None:
            _check_origin(self.public_url)
        if not 0 <= self.port <= 65_535:
            raise BadSetting(f"--port {self.port}: a port is a number from 0 to 65535")
        if self.log is not None:
            try:
                check_address(self.log)
            except BadAddress as bad:
                raise BadSetting(f"INTELLOG_LOG: {bad}") from None

    @property
    def exposed(self) -> bool:
        """Whether others than this machine are meant to reach the service."""
        public = urlsplit(self.public_url).hostname if self.public_url else None
        here = is_loopback(self.host) and (public is None or is_loopback(public))
        return not here or bool(self.trusted_proxies)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the service by https alone."""
        return self.tls is not None or (self.public_url or "").startswith("https:")


def from_environment(data: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings for a data directory; the others from `INTELLOG_...` variables or their defaults.

    Raises `BadSetting`.
    """
    given = {each.name: _number(environment, each.name, "") for each in fields(Limits)}
    try:
        provider = provider_from(environment)
    except BadProvider as bad:
        raise BadSetting(str(bad)) from None
    return Settings(
        data=data,
        actor=composed(environment.get("INTELLOG_ACTOR") or "local"),
        body_limit=_number(environment, "body_limit", " of bytes") or 8 * MEGABYTE,
        evidence_limit=_number(environment, "evidence_limit", " of bytes") or 50 * MEGABYTE,
        table_limit=_number(environment, "table_limit", " of bytes") or 64 * MEGABYTE,
        log=environment.get("INTELLOG_LOG") or None,
        limits=Limits(**{name: number for name, number in given.items() if number is not None}),
        session_seconds=_number(environment, "session_seconds", " of seconds") or 12 * 3_600,
        public_url=(environment.get("INTELLOG_PUBLIC_URL") or "").rstrip("/").lower() or None,
        trusted_proxies=_networks(environment.get("INTELLOG_TRUSTED_PROXIES") or ""),
        provider=provider,
    )


def _number(environment: Mapping[str, str], name: str, unit: str) -> int | None:
    """The number that a variable gives; None if it is not set or empty."""
    variable = f"INTELLOG_{name.upper()}"
    text = environment.get(variable, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadSetting(f"{variable}={text[:60]}: must be a number{unit}, in digits")
    return int(text)


def _networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, with commas between them."""
    try:
        return tuple(ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip())
    except ValueError as bad:
        raise BadSetting(
            f"INTELLOG_TRUSTED_PROXIES: {bad}; give addresses or networks, as 10.0.0.7, 10.1.0.0/16"
        ) from None


def _check_origin(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or url != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise BadSetting(
            f"INTELLOG_PUBLIC_URL={url[:60]}: must be https:// and a host, with no path, as"
            " https://intel.example"
        )


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine alone."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
