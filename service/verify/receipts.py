"""Verifies a receipt: that an event is in a log, under a checkpoint that somebody trusted has signed.

It is the file of a receipt, or the JSON in which a server gives the proof of an event.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic_core import from_json
from typing_extensions import TypedDict

from service.proof.enclosure import Enclosure, checked, enclosed, refuse_altered
from service.proof.errors import BadSignature, BodyAltered, Malformed, NoQuorum, NotIncluded, NotProved
from service.proof.policy import trusting
from service.proof.receipt import Receipt, parse_receipt, verified_receipt
from service.verify.lines import stored_body
from service.verify.report import SignedBy
from service.verify.signatures import Memory, recalled, trust_in
from service.verify.trust import Trust
from service.verify.verdicts import VERDICTS, VERIFIED, CannotRead, Code, NotVerified, at

State = Literal["whole", "withheld", "redacted"]


class ReceiptReport(TypedDict):
    """What a verification of a receipt found: the place of the event, who signed, and its body.

    `body` says whether that is what the log committed to (`whole`), `withheld`, or `redacted`, which
    the sender of the receipt says; a redaction is in the log as an event of its own.
    """

    verdict: str
    status: int
    position: int
    index: int
    recorded_at: str
    commitment: str
    body: State
    signed: SignedBy


class _Given(NamedTuple):
    receipt: Receipt
    enclosure: Enclosure
    state: State


def verify_receipt(
    content: bytes, body: bytes | None = None, given: Trust | None = None, known: Path | None = None
) -> ReceiptReport:
    """Verify a receipt and, if it is there, the body of its event; return what was found.

    `body` is the event as it is stored or as a server sends it, where the receipt has none. Raises
    NotVerified, or CannotRead for what is no receipt.
    """
    receipt, enclosure, state = _read(content)
    where = f"the receipt of {at(receipt.index + 1)}"
    try:
        memory = recalled(known, receipt.checkpoint, None)
        trust = _trust(given, memory, where)
        judgement = verified_receipt(receipt, enclosure.entry, trust.policy or trusting(*trust.keys))
        entry = checked(enclosure, receipt.index)
        if body is not None:
            _refuse_unsalted(enclosure, where)
            refuse_altered(entry, enclosure.salt or b"", stored_body(body))
            state = "whole"
    except NotProved as refused:
        raise NotVerified(_code(refused), where, str(refused), receipt.index + 1) from None
    checkpoint = judgement.checkpoint
    code = _MISSING.get(state)
    return {
        "verdict": code or "verified",
        "status": VERDICTS[code].status if code else VERIFIED,
        "position": entry.index + 1,
        "index": entry.index,
        "recorded_at": entry.recorded_at,
        "commitment": entry.commitment.hex(),
        "body": state,
        "signed": {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "keys": [each.written() for each in trust.keys],
            "source": trust.source,
            "cosigned": [each.name for each in judgement.cosigned],
        },
    }


_MISSING: Mapping[State, Code] = {"withheld": "body-withheld", "redacted": "body-redacted"}
_CODES: Mapping[type[NotProved], Code] = {
    BadSignature: "bad-signature",
    NoQuorum: "no-quorum",
    NotIncluded: "not-included",
    BodyAltered: "body-altered",
}


def _read(content: bytes) -> _Given:
    """Read either form; raises CannotRead."""
    try:
        if not content.lstrip().startswith(b"{"):
            receipt = parse_receipt(content)
            found = enclosed(receipt)
            if found is None:
                raise CannotRead("the receipt has no entry: ask the server for one with `extra`")
            return _Given(receipt, found, "withheld" if found.body is None else "whole")
        members = from_json(content)
        receipt = parse_receipt(str(members["receipt"]).encode())
        found = enclosed(receipt) or Enclosure(str(members["entry"]).encode())
        state: State = "redacted" if members.get("state") == "redacted" else "withheld"
        return _Given(receipt, found, state if found.body is None else "whole")
    except (Malformed, KeyError, TypeError, ValueError) as error:
        raise CannotRead(f"this is no receipt, and no proof of an event: {error}") from None


def _trust(given: Trust | None, memory: Memory, where: str) -> Trust:
    """Whose signatures count: nothing that came with a receipt says so."""
    trust = trust_in(given, memory, [])
    if not trust.keys:
        raise NotVerified("bad-signature", where, "no key is known that could have signed it")
    return trust


def _refuse_unsalted(enclosure: Enclosure, where: str) -> None:
    if enclosure.salt is None:
        what = "the receipt has no salt, so a body cannot be compared with what was committed to"
        raise NotVerified("body-withheld", where, what)


def _code(refused: NotProved) -> Code:
    return _CODES.get(type(refused), "not-included")
