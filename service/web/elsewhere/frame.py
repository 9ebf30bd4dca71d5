"""A figure as a small page for a frame in another page, with its colours inside."""

from importlib.resources import files

from service.http.problems import Problem
from service.web.elsewhere.badge import LEVELS
from service.web.elsewhere.question import Pairs, elsewhere, full_page
from service.web.elsewhere.shown import Shown
from service.web.rendering import rendered
from service.web.wording import template_environment

STYLE = files("service.web").joinpath("static", "embed.css").read_text("utf-8")
"""The rules of every frame; the policy of its answer names them by their hash."""


def frame_page(given: Shown, query: Pairs) -> bytes:
    """The page of a figure."""
    page, kind = full_page(given, query), LEVELS.get(given.level, "none")
    return _page(given=given, kind=kind, page=page, title=given.heading, problem=None)


def problem_frame(problem: Problem) -> bytes:
    """The page that says why there is no figure."""
    found = problem.near if problem.near and problem.near.what == "indicator" else None
    near = [(name, elsewhere("embed", name, ())) for name in found.names] if found else []
    return _page(given=None, title=problem.kind.title, problem=problem, near=near)


def _page(**context: object) -> bytes:
    template = template_environment().get_template("embed.html")
    return rendered(template, {"style": STYLE, **context})
