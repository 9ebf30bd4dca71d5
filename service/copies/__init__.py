"""Exact copies of a log with the files beside it: moved elsewhere, backed up, restored."""
