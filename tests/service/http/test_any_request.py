"""Whatever is asked, the answer is one that `/openapi.json` promises, and never a fault of the program.

Requests are made from the description itself, sensible ones and others, and every check of their
answers is on. The usual run tries a few of each; the long one many.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.http_spec import Api, claim, indicator, one_server, report, source
from tests.places import LONG

EXAMPLES = 300 if LONG else 3
ELSEWHERE = ("/v1/import", "/v1/tokens", "/add-checkpoint")
"""Tried by tests of their own: lines of JSON, what makes requests need a token, signed checkpoints."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with a little of everything."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("asked"), patience=0.01) as api:
        api.given(indicator(), source("nis"), report("r1", claim(1, cohort="officers"), claim(2)))
        yield api


CHECKS = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 404, 409, 412, 415, 422, 503]},
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 503]},
        "ignored_auth": {"enabled": False},
    }
}
"""All checks but one. Rules of the domain refuse what no schema can say; conditions hold by chance; 503
is the answer where the views are asked to wait for a position that nobody has written, 415 to a file
whose bytes are of no kind that is taken. Nobody needs a token here; `test_roles.py` asks every address
without one where it does."""
METHODS = ("get", "put", "post", "delete")


def operations(api: Api, method: str) -> list[Any]:
    """What the interface says of itself, by method."""
    address = f"{api.client.base_url}/openapi.json"
    described = schemathesis.openapi.from_url(address, config=schemathesis.Config.from_dict(CHECKS))
    chosen = described.include(method=method.upper()).exclude(path=list(ELSEWHERE))
    found: list[Any] = list(chosen.get_all_operations())
    return [each.ok() for each in found]


@pytest.mark.parametrize("method", METHODS)
def test_an_answer_is_as_described_whatever_is_asked(asked: Api, method: str) -> None:
    found = operations(asked, method)
    for operation in found:

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        def asking(case: Any) -> None:
            case.call_and_validate()

        asking()
    assert found
