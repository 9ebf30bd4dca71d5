"""Writes the reference into the documents: `make reference`."""

from tests.reference.pages import main

main()
