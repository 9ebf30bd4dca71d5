"""Whether a database or a file system keeps what a log promises."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from service.cli.client import REFUSED, USAGE, fail
from service.cli.offline import settings_of
from service.cli.options import DEFAULT_DATA, Data, Json
from service.cli.output import say, say_json
from service.log.conformance.checks import Finding, checks_of, findings
from service.log.conformance.gaps import WRITERS
from service.log.conformance.places import backend_at
from service.log.conformance.store import Backend, empty_store
from service.log.open import BadAddress
from service.log.port import LogUnavailable

Url = Annotated[
    str | None,
    typer.Argument(
        metavar="URL",
        help="PostgreSQL database to check; without it, that of INTELLOG_LOG or the disk of --data.",
    ),
]
Only = Annotated[str, typer.Option(help="Run only checks with these words in their names.")]
Events = Annotated[int, typer.Option(min=WRITERS, help="Number of events in the check for gaps.")]


def check_store(
    url: Url = None,
    data: Data = DEFAULT_DATA,
    only: Only = "",
    events: Events = 50_000,
    as_json: Json = False,
) -> None:
    """Check that a database or disk can hold a log; leave nothing there."""
    backend = _backend(data, url, events)
    checks = checks_of(backend, only)
    if not checks:
        fail(f"--only {only[:60]}: no check has these words in its name", USAGE)
    wrong = 0
    for finding in findings(backend, checks):
        wrong += finding.broken is not None
        _print(finding, as_json=as_json)
    if not as_json:
        number = f"{len(checks)} check{'s' if len(checks) > 1 else ''}"
        say(f"{number}: {f'{wrong} failed' if wrong else 'all passed'}")
    if wrong:
        raise typer.Exit(REFUSED)


def _backend(data: Path, url: str | None, events: int) -> Backend:
    """The backend to check, once a log could be opened there; if not, end with one line."""
    address = url or settings_of(data).log
    if address is None and not data.is_dir():
        fail(f"there is no directory {data}; name one with --data, or a database", USAGE)
    try:
        backend = backend_at(data, address, events)
        with empty_store(backend):
            return backend
    except BadAddress as bad:
        fail(f"{'URL' if url else 'INTELLOG_LOG'}: {bad}", USAGE)
    except (LogUnavailable, OSError) as error:
        fail(f"no log can be opened there: {error}")


def _print(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        say_json(asdict(finding))
    elif finding.broken is None:
        say(f"✓ {finding.check}")
    else:
        say(f"✗ {finding.check}: {' '.join(finding.broken.split())}")
