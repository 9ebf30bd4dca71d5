"""The command line: the same verbs on a local log or on a server."""

from service.cli.commands import main

__all__ = ["main"]
