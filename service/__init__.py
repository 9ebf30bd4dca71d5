"""The service: the log, its views, and the ways in and out (HTTP, pages, command line)."""

__version__ = "0.1.0"
