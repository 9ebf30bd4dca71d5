"""Requests that this node does not answer: they are sent to the one that writes the log.

That is decided before anything else, and before the body is read: the writer decides.
"""

from urllib.parse import parse_qs

from starlette.types import Scope

from service.http.problems import Problem
from service.nodes.node import Node

READING = ("GET", "HEAD", "OPTIONS")
NODE = "intellog.node"
"""The member of a scope that says what the service is to its log."""


def sent_elsewhere(scope: Scope) -> Problem | None:
    """The problem of a request that only the writer can answer; None if this service can."""
    node: Node = scope[NODE]
    return None if node.writes else to_writer(scope, node.writer)


def only_tried(scope: Scope) -> bool:
    """Whether a request asks what it would change, which any node can tell."""
    if not scope["query_string"]:
        return False
    return parse_qs(scope["query_string"].decode("latin-1")).get("dry_run") == ["true"]


def writes(method: str) -> bool:
    """Whether requests of a method change something, unless said otherwise."""
    return method not in READING


def to_writer(scope: Scope, writer: str | None) -> Problem:
    """The problem that sends a request to the writer, or says that it is not known."""
    method = scope["method"]
    if writer is None:
        return Problem("no-writer", "no node is known to write the log now; try again shortly")
    query = scope["query_string"].decode("latin-1")
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    location = f"{writer}{path}{f'?{query}' if query else ''}"
    detail = f"this node does not write the log; send this {method} to {writer}"
    return Problem("not-the-writer", detail, location=location)
