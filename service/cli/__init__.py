"""The command line: the same commands for a log in a directory and for a running server."""

from service.cli.commands import main

__all__ = ["main"]
