"""What this server says of the log, and with which commands a reader checks it without believing it."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.access.principal import Principal, Role
from service.attestation.told import attestation_state
from service.http.admission import PRINCIPAL
from service.http.parameters import parameters
from service.http.questions import Questions
from service.http.routing import route
from service.http.submit import ERRORS
from service.service import Service
from service.signing.published import checkpoint_item, key_item, keys_of
from service.web.pages import Page, page_response, problem_page

PATH = "/verify"


def routes(service: Service, questions: Questions) -> list[Route]:
    """Return the route of the page, which is for those who may see what is published."""
    role: Role | None = None if service.settings.public_proofs else "reader"

    async def verify(request: Request) -> Response:
        try:
            parameters(request)
            return await questions.answer(request, PATH, partial(_page, service, request))
        except ERRORS as error:
            return problem_page(request, error)

    return [route("GET", PATH, verify, role=role)]


def _page(service: Service, request: Request) -> Response:
    tree = service.log.tree
    last = tree.latest()
    context = {
        "url": service.settings.public_url or str(request.base_url).rstrip("/"),
        "head": tree.size(),
        "checked": service.log.checked,
        "last": None if last is None else checkpoint_item(tree, last),
        "keys": [key_item(each) for each in keys_of(tree)],
        "unsigned": service.publisher is not None and service.publisher.failure is not None,
        "why": _why(service, request),
        "vouched": attestation_state(service),
    }
    return page_response(request, Page("verify.html", context))


def _why(service: Service, request: Request) -> str | None:
    """Why the log is not signed, for whoever runs it: the reason may name files."""
    principal: Principal | None = request.scope.get(PRINCIPAL)
    if principal is None or not principal.may("admin") or service.publisher is None:
        return None
    return service.publisher.failure
