"""Rendering a page, and letting go at once of what it was rendered from.

A context of a template has its macros, and each macro has the context, so that a page and all that it
showed would stay in memory until the interpreter looks for such cycles.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import Template
from jinja2.runtime import Context

_CONTEXTS = "_contexts"
"""The name under which the contexts of a page find the list that they are noted in."""


class PageContext(Context):
    """A context that is noted if it belongs to one page; that of a module for all pages is not."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        noted = self.parent.get(_CONTEXTS)
        if noted is not None:
            noted.append(self)


def rendered(template: Template, variables: Mapping[str, Any]) -> bytes:
    """The page that a template makes of variables."""
    contexts: list[Context] = []
    try:
        return template.render({**variables, _CONTEXTS: contexts}).encode()
    finally:
        for each in contexts:
            each.vars.clear()
            each.exported_vars.clear()
        contexts.clear()
