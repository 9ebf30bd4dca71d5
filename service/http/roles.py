"""Which request takes which role, as a table for the documents, made from the routes themselves."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

from service.access.principal import ROLES, Role
from service.http.routing import Answering


def roles_of(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], Role | None]:
    """The role that each method and path takes; None where nobody needs to say who asks."""
    found = dict[tuple[str, str], Role | None]()
    for each in routes:
        assert isinstance(each, Route) and isinstance(each.app, Answering), f"{each} takes no role"
        for method in (each.methods or set()) - {"HEAD"}:
            found[method, each.path] = each.app.role
    return found


def documentation(routes: Iterable[BaseRoute]) -> str:
    """A table in Markdown: each role, and what takes it."""
    roles = roles_of(routes)
    lines = ["| takes | requests |", "|---|---|"]
    for role in (None, *ROLES):
        named = [f"`{method} {path}`" for (method, path), taken in roles.items() if taken == role]
        lines.append(f"| {role or 'nothing'} | {', '.join(sorted(named, key=_by_path))} |")
    return "\n".join([*lines, ""])


def _by_path(request: str) -> tuple[str, str]:
    method, _, path = request.strip("`").partition(" ")
    return path, method
