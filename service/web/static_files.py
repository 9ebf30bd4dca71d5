"""The stylesheet, the scripts and the icon that pages load."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from service.http.problems import Problem
from service.web.chart.style import STYLE
from service.web.pages import tagged_response

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def static_file(request: Request, name: str) -> Response:
    """Respond with a static file by its name; raises `Problem` if there is none."""
    media_type, contents = _MEDIA_TYPES.get(name[name.rfind(".") :]), _contents()
    if media_type is None or name not in contents:
        raise Problem("not-found", f"there is no file '{name[:60]}'")
    return tagged_response(request, contents[name], media_type)


@cache
def _contents() -> Mapping[str, bytes]:
    folder = files("service.web").joinpath("static")
    contents = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
    return contents | {"style.css": contents["style.css"] + STYLE.encode()}
