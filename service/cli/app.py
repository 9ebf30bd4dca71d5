"""The program `intellog`: every verb with the function that runs it."""

import os
import sys
from collections.abc import Callable, Mapping

import typer

from service.cli.verbs import (
    claims,
    estimates,
    evidence,
    indicators,
    log,
    propose,
    records,
    reports,
    serve,
    sources,
    tokens,
    transfer,
    views,
)
from service.process import set_up_process

app = typer.Typer(
    name="intellog",
    help="An event-sourced intelligence log: every reported fact kept, every figure explained.",
    no_args_is_help=True,
    add_completion=False,
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
    "hold": reports.hold,
    "release": reports.release,
    "mark": reports.mark,
    "grade": sources.grade,
    "link": claims.link,
    "unlink": claims.unlink,
    "dispute": claims.dispute,
    "assess": indicators.assess,
    "import": transfer.import_,
    "export": transfer.export,
    "check": log.check,
    "replay": log.replay,
    "estimates": estimates.estimates,
    "estimate": estimates.estimate,
    "explain": estimates.explain,
    "vintages": estimates.vintages,
    "series": estimates.series,
    "revisions": estimates.revisions,
    "changes": estimates.changes,
    "slippage": estimates.slippage,
    "compare": estimates.compare,
    "conflicts": estimates.conflicts,
    "open": estimates.open_,
    "reports": records.reports,
    "report": records.report,
    "history": records.history,
    "claim": records.claim,
    "impact": records.impact,
    "sources": records.sources,
    "indicators": records.indicators,
    "events": log.events,
    "rebuild": views.rebuild,
}
"""In the order of the help."""

for _verb, _run in VERBS.items():
    app.command(_verb)(_run)


app.add_typer(evidence.evidence_app, name="evidence")
app.add_typer(tokens.token_app, name="token")


def main() -> None:
    """Run the command line."""
    set_up_process()
    try:
        app()
    except BrokenPipeError:
        # The reader of our output has closed the pipe, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
