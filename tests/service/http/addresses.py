"""The addresses of the interface and what it says of them: for tests of what holds at every one."""

import httpx2

from tests.http_spec import Api, Body, problem, sha256

OPERATIONS = {
    ("PUT", "/v1/indicators/{id}"),
    ("PUT", "/v1/sources/{id}"),
    ("POST", "/v1/sources/{id}/grades"),
    ("POST", "/v1/reports"),
    ("POST", "/v1/reports/{id}/corrections"),
    ("POST", "/v1/reports/{id}/withdrawal"),
    ("POST", "/v1/reports/{id}/redaction"),
    ("POST", "/v1/reports/{id}/hold"),
    ("POST", "/v1/reports/{id}/release"),
    ("POST", "/v1/reports/{id}/marking"),
    ("POST", "/v1/claims/{report}/{n}/grades"),
    ("POST", "/v1/claims/{report}/{n}/links"),
    ("DELETE", "/v1/claims/{report}/{n}/links/{parent}/{m}"),
    ("POST", "/v1/import"),
    ("PUT", "/v1/evidence/{sha256}"),
    ("GET", "/v1/evidence/{sha256}"),
    ("GET", "/v1/estimates"),
    ("GET", "/v1/estimates/{indicator}"),
    ("GET", "/v1/estimates/{indicator}/series"),
    ("GET", "/v1/estimates/{indicator}/vintages"),
    ("GET", "/v1/estimates/{indicator}/vintages/known"),
    ("GET", "/v1/replay"),
    ("GET", "/v1/events"),
    ("GET", "/v1/events/{position}/proof"),
    ("GET", "/v1/events/{position}/receipt.cose"),
    ("GET", "/checkpoint"),
    ("GET", "/tile/{level}/{tile}"),
    ("GET", "/v1/log/checkpoints"),
    ("GET", "/v1/log/consistency"),
    ("GET", "/v1/log/verifiers"),
    ("GET", "/v1/reports/{id}"),
    ("GET", "/v1/reports/{id}/history"),
    ("GET", "/v1/claims/{report}/{n}"),
    ("GET", "/v1/sources"),
    ("GET", "/v1/sources/{id}"),
    ("GET", "/v1/indicators"),
    ("GET", "/v1/indicators/{id}"),
    ("GET", "/v1/projections"),
    ("POST", "/v1/projections/{name}/rebuild"),
    ("GET", "/v1/projections/{name}/rebuild"),
    ("DELETE", "/v1/projections/{name}/rebuild"),
    ("POST", "/v1/projections/{name}/rebuild/roll-back"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
"""What the interface must offer at least."""
NAMES = {"id": "r1", "indicator": "troops", "report": "r1", "n": "1", "parent": "r2", "m": "1"}
NAMES |= {"position": "1", "level": "0", "tile": "000.p/1", "size": "1"}
NAMES |= {"sha256": sha256(), "collection": "log", "object": "note--1"}
TIMED = sorted(
    path
    for method, path in OPERATIONS
    if method == "GET" and path.startswith("/v1")
    if not any(other in path for other in ("rebuild", "replay", "evidence", "proof", "receipt", "log"))
)


def path_of(template: str) -> str:
    """An address that is there."""
    family = template.split("/")[2] if template.count("/") > 1 else ""
    named = {"indicators": "troops", "sources": "nis", "citations": "c1"}.get(family, "r1")
    return template.format(**{**NAMES, "id": named, "name": "claims"})


def refused(answer: httpx2.Response, status: int, code: str) -> Body:
    """What is said of a refusal: a problem, or to TAXII clients a message of theirs, without 422."""
    if not answer.request.url.path.startswith("/taxii2/"):
        return problem(answer, status, code)
    body = answer.json()
    assert (answer.status_code, body["error_code"]) == (400 if status == 422 else status, code)
    return {"detail": body["description"], **body.get("details", {})}


def described(api: Api) -> Body:
    body: Body = api.client.get("/openapi.json").json()
    return body


def query_parameters(operation: Body) -> list[str]:
    return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
