"""Programs decide on the codes of refusals, so they never change."""

from service.proof.errors import (
    BadSignature,
    BodyAltered,
    Inconsistent,
    Malformed,
    NoQuorum,
    NotIncluded,
    NotProved,
)


def test_each_refusal_has_its_code() -> None:
    codes = {
        Malformed: "malformed",
        BadSignature: "bad-signature",
        NoQuorum: "no-quorum",
        NotIncluded: "not-included",
        Inconsistent: "inconsistent",
        BodyAltered: "body-altered",
    }
    assert {each: each.code for each in codes} == codes
    assert all(issubclass(each, NotProved) for each in codes)
