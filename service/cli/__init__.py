"""The command line: the same commands for a log in a directory and for a running server."""

from service.cli.app import main

__all__ = ["main"]
