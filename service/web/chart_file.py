"""The revision chart of an estimate as an SVG file."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from projections.answers.vintages import believed
from projections.tables.journal import recorded_at
from service.http.parameters import NARROWING, TIMES, Asked
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.chart.drawing import draw
from service.web.chart.picture import Picture
from service.web.chart.revisions import revision_picture
from service.web.pages import PageRoute, tagged_response
from service.web.replay.subject import Subject, subject_of


def _chart_file(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    subject = subject_of(request, asked, here)
    if subject is None:
        picture = Picture((), (), (), 0, 0, str(request.path_params["indicator"]), "")
    else:
        until = subject.until
        if until is not None and subject.axis == "record":
            until = recorded_at(here.db, until)
        picture = replace(whole_picture(service, subject), now=until)
    answer = tagged_response(request, draw(picture, standalone=True).encode(), "image/svg+xml")
    # The file has its colours inside, so it may load nothing else, wherever it is embedded.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


def whole_picture(service: Service, subject: Subject) -> Picture:
    """Return the content of an estimate's chart, over its whole axis."""
    db, as_of = subject.here.db, subject.here.as_of
    if subject.narrowing.plain and subject.axis == "publication":
        vintages = service.believed(db, subject.row.id, as_of)
    else:
        vintages = believed(db, subject.row.id, as_of, subject.narrowing, subject.axis)
    return revision_picture(db, subject.row, as_of, subject.narrowing, subject.axis, vintages)


PAGES: tuple[PageRoute, ...] = (
    ("/estimates/{indicator}/chart.svg", _chart_file, (*TIMES, *NARROWING, "axis", "compare")),
)
