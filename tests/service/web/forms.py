"""Forms by plain HTTP: filled in as a browser sends them, and read from the pages that show them."""

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx2

from service.web.form.filled import MEDIA_TYPE
from tests.http_spec import Api

HTML = {"Accept": "text/html", "Content-Type": MEDIA_TYPE}


def press(api: Api, button: str, *filled: Mapping[str, str], at: str = "/post") -> httpx2.Response:
    """Send a form as filled in by pressing one of its buttons."""
    typed = {name: text for each in filled for name, text in each.items()}
    return api.client.post(at, content=urlencode({**typed, "do": button}), headers=HTML)


class FormPage(HTMLParser):
    """What a form page holds: its fields with their values, what is wrong where, its buttons."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.wrong: set[str] = set()
        self.said: dict[str, str] = {}
        self.buttons: list[str] = []
        self.links: list[str] = []
        self.open = 0
        self.focus: str | None = None
        self._inside: str | None = None
        self._choice: str | None = None
        self._skipping = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self._skipping = self._skipping or tag == "template"
        if self._skipping:
            return
        name = at.get("name", "")
        self.open += tag == "details" and "open" in at
        if tag == "a":
            self.links.append(at["href"])
        if "aria-invalid" in at:
            self.wrong.add(name)
        if "autofocus" in at:
            self.focus = name or at.get("aria-labelledby")
        if tag == "button" and "hidden" not in at:
            self.buttons.append(at.get("value", ""))
        if tag == "input" and at.get("type") in ("radio", "checkbox"):
            if "checked" in at:
                self.values[name] = at["value"]
        elif tag == "input":
            self.values[name] = at.get("value", "")
        if tag in ("textarea", "select"):
            self.values[name] = ""
            self._inside = name if tag == "textarea" else None
            self._choice = name if tag == "select" else None
        if tag == "option" and self._choice and "selected" in at:
            self.values[self._choice] = at.get("value", "")
        if at.get("id", "").endswith(":error"):
            self._inside = at["id"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._skipping = False
        if tag in ("textarea", "span"):
            self._inside = None
        if tag == "select":
            self._choice = None

    def handle_data(self, data: str) -> None:
        if self._inside in self.values:
            self.values[self._inside] += data.removeprefix("\n")
        elif self._inside:
            self.said[self._inside.removesuffix(":error")] = data


def page_of(answer: httpx2.Response, status: int = 200) -> FormPage:
    """The form that an answer shows."""
    if answer.status_code != status:
        raise AssertionError(f"{answer.request.url}: {answer.status_code} {answer.text}")
    if answer.headers["content-type"] != "text/html; charset=utf-8":
        raise AssertionError(answer.headers["content-type"])
    return FormPage(answer.text)


def opened(api: Api, path: str) -> FormPage:
    """The form at an address, with the views up to the log."""
    return page_of(api.client.get(path, params={**_query(path), "min_position": str(api.head())}))


def _query(path: str) -> dict[str, str]:
    return dict(httpx2.URL(path).params)
