"""An answer of the program, reduced to what the oracle says of it."""

from collections.abc import Mapping
from typing import Any

from service.proof.standalone.answers import FLAGS, reduced


def seen(body: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an answer that the oracle gives as well."""
    names = ("best", "low", "high", "verdict", "open_low", "open_high", "origins", "claims", "reports")
    more = ("marking", "cutoff", "targets", "covered", "gaps", "answered_from", "from_parts")
    flags = {reduced(flag) for flag in body["flags"] if flag["code"] in FLAGS}
    leading = body["leading"]
    return {
        **{name: body[name] for name in (*names, *more)},
        "used": sorted(body["used"]),
        "level": body["support"]["level"],
        "leading": leading["claim"] if leading else None,
        "flags": sorted(flags),
    }
