"""The program `intellog`: every verb with the function that runs it."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from service import __version__
from service.cli.client import USAGE
from service.cli.examples import epilog
from service.cli.output import say, warn
from service.cli.sections import Sections
from service.cli.verbs import (
    bundles,
    citations,
    claims,
    copies,
    estimates,
    evidence,
    indicators,
    keys,
    log,
    mcp,
    mirror,
    proofs,
    propose,
    records,
    reports,
    serve,
    sources,
    sql,
    store,
    tokens,
    transfer,
    verify_files,
    views,
    webhooks,
)
from service.log_lines import BadLogSetting
from service.process import set_up_process

app = typer.Typer(
    name="intellog",
    help="An event-sourced intelligence log: every reported fact kept, every figure explained.",
    cls=Sections,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

VERBS: Mapping[str, Callable[..., None]] = {
    "serve": serve.serve,
    "demo": serve.demo,
    "define": indicators.define,
    "source": sources.source,
    "post": reports.post,
    "attach": evidence.attach,
    "propose": propose.propose,
    "correct": reports.correct,
    "withdraw": reports.withdraw,
    "redact": reports.redact,
    "hold": reports.hold,
    "release": reports.release,
    "mark": reports.mark,
    "grade": sources.grade,
    "link": claims.link,
    "unlink": claims.unlink,
    "dispute": claims.dispute,
    "assess": indicators.assess,
    "cite": citations.cite,
    "uncite": citations.uncite,
    "import": transfer.import_,
    "export": transfer.export,
    "check": log.check,
    "migrate": log.migrate,
    "mirror": mirror.mirror,
    "promote": mirror.promote,
    "check-store": store.check_store,
    "replay": log.replay,
    "estimates": estimates.estimates,
    "estimate": estimates.estimate,
    "explain": estimates.explain,
    "vintages": estimates.vintages,
    "series": estimates.series,
    "revisions": estimates.revisions,
    "changes": estimates.changes,
    "changed": estimates.changed,
    "briefing": estimates.briefing,
    "slippage": estimates.slippage,
    "compare": estimates.compare,
    "conflicts": estimates.conflicts,
    "open": estimates.open_,
    "citations": citations.citations,
    "citation": citations.citation,
    "reports": records.reports,
    "report": records.report,
    "history": records.history,
    "claim": records.claim,
    "impact": records.impact,
    "sources": records.sources,
    "indicators": records.indicators,
    "events": log.events,
    "proof": proofs.proof,
    "checkpoints": proofs.checkpoints,
    "bundle": bundles.bundle,
    "rebuild": views.rebuild,
    "move": copies.move,
    "backup": copies.backup,
    "restore": copies.restore,
    "mcp": mcp.mcp,
    "sql": sql.sql,
}
"""Those of one word; `sections.py` has the order of the help."""
GROUPS: Mapping[str, typer.Typer] = {
    "evidence": evidence.evidence_app,
    "key": keys.key_app,
    "token": tokens.token_app,
    "verify": verify_files.verify_app,
    "webhook": webhooks.webhook_app,
}
"""Verbs of two words, by the first."""


def _version(asked: bool) -> None:
    if asked:
        say(f"intellog {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the program, which do what they say and no more."""


for _verb, _run in VERBS.items():
    _kind = serve.ServeCommand if _verb == "serve" else None
    app.command(_verb, cls=_kind, epilog=epilog(_verb))(_run)
for _first, _group in GROUPS.items():
    app.add_typer(_group, name=_first)
    for _each in _group.registered_commands:
        _second = _each.name or _each.callback.__name__  # type: ignore[union-attr]
        _each.epilog = epilog(f"{_first} {_second}")


def main() -> None:
    """Run the command line."""
    try:
        set_up_process()
    except BadLogSetting as bad:
        warn(f"intellog: {bad}")
        sys.exit(USAGE)
    try:
        app()
    except BrokenPipeError:
        # The reader of our output has closed the pipe, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
