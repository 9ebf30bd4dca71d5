"""Nodes: services over a log that another process writes, and those that wait to write it."""
