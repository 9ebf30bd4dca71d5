"""Measures what the service costs, each figure beside a limit from the same run: `make bench`."""
