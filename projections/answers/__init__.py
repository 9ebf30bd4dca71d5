"""Answers computed from the tables, at any times."""
