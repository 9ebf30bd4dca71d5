"""Verifying what was handed on in a file: the proof of an estimate, and the bundle of a report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import Json
from service.cli.verbs.verify import Keys, Known, PolicyFile, content_of, end, reading
from service.cli.verbs.verify import verify_app as verify_app
from service.cli.verify_lines import MOST_NAMED, counted, signed_lines
from service.query.words import statement
from service.verify.bundle_files import BundleReport, verify_bundle
from service.verify.estimate_files import EstimateReport, verify_estimate
from service.verify.report import SignedBy


@verify_app.command("estimate", no_args_is_help=True)
def estimate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proof of an estimate.")],
    key: Keys = None,
    policy: PolicyFile = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Verify the events that an estimate depends on, and compute its figure again, offline."""
    with reading() as trust:
        report = verify_estimate(content_of(file), trust(key, policy), known)
    end(report, _estimate_lines(report), as_json)


def _estimate_lines(report: EstimateReport) -> Iterator[str]:
    yield f"{counted(report['events'], 'event')} in the log"
    yield from _signed(report["signed"])
    if report["missing"]:
        yield f"{report['verdict']}: the bodies at {_places(report['missing'])}"
    figure = report["stance"] or ", ".join(
        f"{name} {value:,}"
        for name, value in (("low", report["low"]), ("best", report["best"]), ("high", report["high"]))
        if value is not None
    )
    how = "stated" if report["verdict"] == "body-withheld" else "verified"
    yield f"{how}: {report['indicator']}: {figure or 'unknown'} ({report['policy']})"


def _places(positions: list[int]) -> str:
    more = ", ..." if len(positions) > MOST_NAMED else ""
    return f"positions {', '.join(map(str, positions[:MOST_NAMED]))}{more}"


@verify_app.command("bundle", no_args_is_help=True)
def bundle(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle, or its directory.")],
    key: Keys = None,
    policy: PolicyFile = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Verify the bundle of a report: each of its events, and that it says what they say, offline."""
    with reading() as trust:
        report = verify_bundle(file, trust(key, policy), known)
    end(report, _bundle_lines(report), as_json)


def _bundle_lines(report: BundleReport) -> Iterator[str]:
    yield f"{counted(len(report['events']), 'event')} in the log"
    yield from _signed(report["signed"])
    if report["missing"]:
        yield f"{report['verdict']}: the bodies at {_places(report['missing'])}"
    for claim in report["claims"]:
        yield f"claim {claim['id']}: {statement(claim['quantity'], claim['stance'])}"


def _signed(signed: SignedBy) -> Iterator[str]:
    yield from signed_lines(signed)
    if signed["source"] == "file":
        yield "  as the file itself names its key: name one that you have from elsewhere with --key"
