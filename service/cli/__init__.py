"""The command line: the same commands for a log in a directory and for a running server."""

from service.cli.commands import app, main
from service.cli.tokens import token_app

__all__ = ["main"]

app.add_typer(token_app, name="token")
