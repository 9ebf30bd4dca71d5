"""Settings of an operator, from the command line and the environment, typed and checked once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from domain.vocabulary import composed
from service.access.provider import BadProvider, Provider, provider_from
from service.attestation.wanted import NOTHING, Attestation, BadAttestation, attestation_from
from service.log.open import BadAddress, check_address
from service.traces.wanted import BadTraces, traces_wanted

MEGABYTE = 1_048_576
EVERY_ORIGIN = "*"
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")
"""A name for a log: printable ASCII without spaces, and without the `+` that ends it in a key."""
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
    `traces` sends traces to where the variables of OpenTelemetry say.

    `embed_origins` are the origins of other pages that may show figures of this service, `*` for all;
    with `embed_public` anybody may see a figure there, as a reader cleared for TLP:CLEAR does.

    The views that a rebuild replaced are kept for `roll_back_seconds`, so that they can be put back.

    `webhook_networks` are those that a webhook may reach beside what is public. An attempt to deliver
    lasts for `webhook_seconds`; the first that fails is repeated after about `webhook_pause`.

    `follow` is the address of a log that another process writes, which this node then follows; it may
    contain a password as well, and `follow_token` is for one over HTTP. `node_url` is where other nodes
    and their clients reach this very node, where `public_url` leads to any of several. A node accepts
    tokens that it knows for `token_hold_seconds` while the writer does not answer.

    `keys` is the directory of the keys that sign the log, and of what they signed last; `origin` the
    name under which it signs, if the keys have none yet. It is signed every `checkpoint_seconds` as it
    grows. With `public_proofs` anybody may read checkpoints and the entries of the tree, which hold no
    content of any event. `attestation` names who else vouches for them.
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
    traces: bool = False
    embed_origins: tuple[str, ...] = ()
    embed_public: bool = False
    webhook_networks: tuple[Network, ...] = ()
    webhook_seconds: float = 10
    webhook_pause: float = 5
    follow: str | None = field(default=None, repr=False)
    follow_token: str | None = field(default=None, repr=False)
    node_url: str | None = None
    token_hold_seconds: int = 3_600
    roll_back_seconds: float = 24 * 3_600
    keys: Path | None = None
    origin: str | None = None
    checkpoint_seconds: float = 10
    public_proofs: bool = True
    attestation: Attestation = NOTHING

    def __post_init__(self) -> None:
        if self.public_url is not None:
            _check_origin("INTELLOG_PUBLIC_URL", self.public_url)
        if self.node_url is not None:
            _check_origin("INTELLOG_NODE_URL", self.node_url)
        for origin in self.embed_origins:
            if origin != EVERY_ORIGIN:
                _check_origin("INTELLOG_EMBED_ORIGINS", origin)
        if not 0 <= self.port <= 65_535:
            raise BadSetting(f"--port {self.port}: a port is a number from 0 to 65535")
        if self.origin is not None and not _ORIGIN.fullmatch(self.origin):
            raise BadSetting(
                f"INTELLOG_ORIGIN={self.origin[:60]}: must be a host and a path, as intel.example/log"
            )
        if self.log is not None:
            try:
                check_address(self.log)
            except BadAddress as bad:
                variable = "INTELLOG_LOG" if self.follow is None else "--follow"
                raise BadSetting(f"{variable}: {bad}") from None

    def following(self, address: str, token: str | None = None) -> "Settings":
        """The same for a node that follows the log at an address; raises `BadSetting`."""
        if not address.startswith(("http://", "https://")):
            return replace(self, log=address, follow=address)
        _check_origin("--follow", address.rstrip("/"))
        return replace(self, log=None, follow=address.rstrip("/"), follow_token=token)

    @property
    def exposed(self) -> bool:
        """Whether others than this machine are meant to reach the service."""
        names = [urlsplit(url).hostname for url in (self.public_url, self.node_url) if url]
        here = all(is_loopback(name or "") for name in (self.host, *names))
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
        provider, traces = provider_from(environment), traces_wanted(environment)
        attestation = attestation_from(environment)
    except (BadAttestation, BadProvider, BadTraces) as bad:
        raise BadSetting(str(bad)) from None
    return Settings(
        data=data,
        actor=composed(environment.get("INTELLOG_ACTOR") or "local"),
        body_limit=_number(environment, "body_limit", " of bytes") or 8 * MEGABYTE,
        evidence_limit=_number(environment, "evidence_limit", " of bytes") or 50 * MEGABYTE,
        table_limit=_number(environment, "table_limit", " of bytes") or 64 * MEGABYTE,
        log=_log_address(environment),
        limits=Limits(**{name: number for name, number in given.items() if number is not None}),
        session_seconds=_number(environment, "session_seconds", " of seconds") or 12 * 3_600,
        token_hold_seconds=_number(environment, "token_hold_seconds", " of seconds") or 3_600,
        public_url=_origin(environment, "INTELLOG_PUBLIC_URL"),
        node_url=_origin(environment, "INTELLOG_NODE_URL"),
        trusted_proxies=_networks(environment, "INTELLOG_TRUSTED_PROXIES"),
        webhook_networks=_networks(environment, "INTELLOG_WEBHOOK_NETWORKS"),
        webhook_seconds=_number(environment, "webhook_seconds", " of seconds") or 10,
        webhook_pause=_number(environment, "webhook_pause", " of seconds") or 5,
        roll_back_seconds=_roll_back_seconds(environment),
        provider=provider,
        traces=traces,
        embed_origins=_origins(environment.get("INTELLOG_EMBED_ORIGINS") or ""),
        embed_public=_switch(environment, "INTELLOG_EMBED_PUBLIC"),
        keys=Path(keys) if (keys := environment.get("INTELLOG_KEYS")) else None,
        origin=environment.get("INTELLOG_ORIGIN") or None,
        checkpoint_seconds=_number(environment, "checkpoint_seconds", " of seconds") or 10,
        public_proofs=_switch(environment, "INTELLOG_PUBLIC_PROOFS", unless_set="1"),
        attestation=attestation,
    )


def _roll_back_seconds(environment: Mapping[str, str]) -> float:
    """For how long views are kept; 0 keeps none."""
    seconds = _number(environment, "roll_back_seconds", " of seconds")
    return 24 * 3_600 if seconds is None else seconds


def _switch(environment: Mapping[str, str], variable: str, unless_set: str = "0") -> bool:
    """Whether a variable is 1, not 0."""
    text = environment.get(variable) or unless_set
    if text not in ("0", "1"):
        raise BadSetting(f"{variable}={text[:60]}: must be 1 or 0")
    return text == "1"


def _number(environment: Mapping[str, str], name: str, unit: str) -> int | None:
    """The number that a variable gives; None if it is not set or empty."""
    variable = f"INTELLOG_{name.upper()}"
    text = environment.get(variable, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadSetting(f"{variable}={text[:60]}: must be a number{unit}, in digits")
    return int(text)


def _log_address(environment: Mapping[str, str]) -> str | None:
    """The address of a log in a database, or what the file holds in which it is kept as a secret."""
    given, file = environment.get("INTELLOG_LOG"), environment.get("INTELLOG_LOG_FILE")
    if not file:
        return given or None
    if given:
        raise BadSetting("INTELLOG_LOG, INTELLOG_LOG_FILE: both are set; set one of them")
    try:
        address = Path(file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        raise BadSetting(f"INTELLOG_LOG_FILE={file[:200]}: {reason.lower()}") from None
    if not address:
        raise BadSetting(f"INTELLOG_LOG_FILE={file[:200]}: is empty; it holds the address of the log")
    return address


def _networks(environment: Mapping[str, str], variable: str) -> tuple[Network, ...]:
    """Addresses and networks, with commas between them."""
    text = environment.get(variable) or ""
    try:
        return tuple(ip_network(each.strip(), strict=False) for each in text.split(",") if each.strip())
    except ValueError as bad:
        raise BadSetting(
            f"{variable}: {bad}; give addresses or networks, as 10.0.0.7, 10.1.0.0/16"
        ) from None


def _origin(environment: Mapping[str, str], variable: str) -> str | None:
    return (environment.get(variable) or "").rstrip("/").lower() or None


def _origins(text: str) -> tuple[str, ...]:
    """Origins, with spaces or commas between them."""
    return tuple(each.rstrip("/") for each in text.lower().replace(",", " ").split())


def _check_origin(variable: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    own = sound and re.fullmatch(r"[\w.:\[\]-]+", parts.netloc, re.ASCII)
    if not own or url != f"{parts.scheme}://{parts.netloc}":
        raise BadSetting(
            f"{variable}={url[:60]}: must be https:// and a host, with no path, as"
            " https://intel.example"
        )


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine alone."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
