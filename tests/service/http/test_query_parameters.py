"""Query parameters at every address: unknown, unreadable, given twice, and those of every read."""

from tests.http_spec import Api, problem, unchanged
from tests.service.http.addresses import TIMED, described, path_of, query_parameters, refused

BAD_TIMES = ("", "yesterday", "2025-02-30", "2025-01-01T00:00:00", "25-01-01", "2025-01-01T24:00:00Z")
BAD_COUNTS = ("", "-1", "+1", "1.0", "x", "9007199254740993", "9" * 5000, "\u0661")
BAD_PERIODS = ("", "..", "../..", "2025-13", "2025-02/2025-01", "2025-1", "spring")
BAD: dict[str, tuple[str, ...]] = {
    "known_at": (*BAD_TIMES, "-1", "1.5", "9007199254740993"),
    "published_by": (*BAD_TIMES, "5"),
    "valid_at": (*BAD_TIMES, "5"),
    "min_position": BAD_COUNTS,
    "limit": (*BAD_COUNTS, "0", "1001"),
    "cursor": ("",),
    "token": ("",),
    "log": ("",),
    "seen": ("", "x"),
    "period": BAD_PERIODS,
    "period_from": BAD_PERIODS,
    "period_to": BAD_PERIODS,
    "cohort": ("",),
    "incident": ("",),
    "topic": ("",),
    "support": ("", "strongest"),
    "sort": ("", "id", "Title"),
    "state": ("", "shut"),
    "use": ("", "relays"),
    "page": (*BAD_COUNTS, "0"),
    "originator": ("",),
    "policy": ("", "best/1", "latest-best-source"),
    "release": ("", "0", "-1", "last", "1.5"),
    "as": ("", "stock", "Increment"),
    "axis": ("", "valid"),
    "all": ("", "yes", "True"),
    "live": ("", "yes", "True"),
    "salts": ("", "yes", "True"),
    "q": ("",),
    "measure": ("", "count"),
    "kind": ("", "press"),
    "reliability": ("", "G", "b"),
    "flag": ("", "contradicton"),
    "code": ("", "contradicton"),
    "source": ("",),
    "indicator": ("",),
    "report": ("",),
    "type": ("", "ReportFild", "reportfiled"),
    "stream": ("",),
    "actor": ("",),
    "after": BAD_COUNTS,
    "before": BAD_COUNTS,
    "from": BAD_COUNTS,
    "to": BAD_COUNTS,
    "until": (*BAD_TIMES, "-1", "9007199254740993"),
    "since": (*BAD_TIMES, "-1", "9007199254740993"),
    "base": ("", "best/1"),
    "candidate": ("", "best/1"),
    "order": ("", "up", "ASC"),
    "added_after": ("", "soon", "2025-13-01T00:00:00Z"),
    **dict.fromkeys(("next", "match[id]", "match[type]", "match[version]"), ("",)),
    "match[spec_version]": ("",),
    "speed": ("", "0", "-1", "nan", "inf", "fast"),
}
"""Values that cannot be read, of every query parameter that a GET takes."""


def test_every_address_refuses_a_parameter_that_it_does_not_know(shown: Api) -> None:
    with unchanged(shown):
        for template, operations in described(shown)["paths"].items():
            for method in operations:
                ask = f"{path_of(template)}?publishd_by=2025-01-01"
                answer = shown.client.request(method, ask)
                refusal = refused(answer, 422, "unknown-parameter")
                assert refusal["parameter"] == "publishd_by", (method, template)
                hint = "did you mean 'published_by'?" in refusal["detail"]
                assert hint == ("published_by" in query_parameters(operations[method]))


def test_every_address_refuses_values_that_cannot_be_read(shown: Api) -> None:
    for template, operations in described(shown)["paths"].items():
        if "get" not in operations:
            continue
        for name in query_parameters(operations["get"]):
            for value in BAD[name]:
                answer = shown.client.get(path_of(template), params={name: value})
                refusal = refused(answer, 422, "bad-parameter")
                assert refusal["parameter"] == name and refusal["detail"].startswith(f"{name}: ")


def test_every_address_refuses_a_parameter_given_twice(shown: Api) -> None:
    good = {"min_position": "1", "limit": "5", "known_at": "1", "published_by": "2025-01-01"}
    for template, operations in described(shown)["paths"].items():
        if "get" not in operations:
            continue
        for name in set(query_parameters(operations["get"])) & set(good):
            answer = shown.client.get(path_of(template), params=[(name, good[name])] * 2)
            assert "is given twice" in refused(answer, 422, "bad-parameter")["detail"]


def test_every_read_of_data_takes_the_three_times_and_a_position(shown: Api) -> None:
    paths = described(shown)["paths"]
    for template in TIMED:
        names = set(query_parameters(paths[template]["get"]))
        assert {"known_at", "published_by", "valid_at", "min_position"} <= names, template


def test_a_series_cannot_end_before_it_begins(shown: Api) -> None:
    path = "/v1/estimates/troops/series?period_from=2025-08&period_to=2025-07"
    refusal = problem(shown.client.get(path), 422, "bad-parameter")
    assert refusal["detail"] == "period_to: ends before period_from begins"
