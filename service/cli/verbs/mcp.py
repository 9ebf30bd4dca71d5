"""Answering a model over standard input and output."""

from service.cli.client import USAGE, Target, fail, http_of
from service.cli.options import DEFAULT_DATA, Data, Url
from service.model_context.exchange import NEEDED, is_installed


def mcp(data: Data = DEFAULT_DATA, url: Url = None) -> None:
    """Answer a model over standard input and output (Model Context Protocol)."""
    if not is_installed():
        fail(f"mcp {NEEDED}", USAGE)
    from service.model_context.stdio import answer_stdio

    with http_of(Target(data, url)) as client:
        answer_stdio(client)
