"""Connections: how many there are, and what each may take in time and in bytes."""
