"""What a page was rendered from is freed with the page, and modules for all pages go on."""

import weakref

from service.web.rendering import rendered
from service.web.wording import template_environment
from tests.garbage import uncollected

PAGE = """
{% import "parts.html" as parts with context %}
{% import "event.html" as event %}
{% macro inner(n) %}{{ given.said * n }}{% endmacro %}
{% macro outer(n) %}{{ inner(n) }}{{ given.said }}{% endmacro %}
{{ outer(2) }}
"""


class Given:
    """What a page shows."""

    def __init__(self, said: str) -> None:
        self.said = said


def variables(given: Given) -> dict[str, object]:
    return {"given": given, "times": "", "kept": [], "names": {}}


def test_what_a_page_shows_is_freed_with_it() -> None:
    template = template_environment().from_string(PAGE)
    with uncollected():
        given = Given("word ")
        assert rendered(template, variables(given)).decode().count("word") == 3
        shown = weakref.ref(given)
        del given
        assert shown() is None


def test_a_page_is_the_same_each_time() -> None:
    template = template_environment().from_string(PAGE)
    assert rendered(template, variables(Given("a"))) == rendered(template, variables(Given("a")))
