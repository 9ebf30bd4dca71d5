"""What tests of reads share: what every estimate says, and acts of a publisher."""

from typing import Any

from tests.http_spec import Api, Ask, Body, post

ESTIMATE = {
    "indicator",
    "title",
    "unit",
    "measure",
    "best",
    "low",
    "high",
    "verdict",
    "open_low",
    "open_high",
    "period",
    "cutoff",
    "qualifier",
    "status",
    "support",
    "origins",
    "claims",
    "reports",
    "marking",
    "policy",
    "used",
    "flags",
}
"""What every estimate says, whatever it is of."""


def killed(api: Api, **query: Any) -> Body:
    return api.get("/v1/estimates/killed", **query)


CORRECTIONS = "/v1/reports/r1/corrections"


def by_publisher(on: str, *claims: Body) -> Ask:
    return post(CORRECTIONS, kind="publisher", published_at=on, claims=list(claims))


def gone(**body: Any) -> Ask:
    return post("/v1/reports/r1/withdrawal", **body)


FIRST = {"n": 1}
