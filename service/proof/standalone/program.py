"""Check what an intellog log has proved, with Python alone: nothing has to be installed."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.proof.standalone.bundles import check_report, checked_bundle, statements
from service.proof.standalone.checkpoints import Signer, Tree, signed_tree, signer_of
from service.proof.standalone.proved import Proved, check, check_all
from service.proof.standalone.receipts import receipt_of
from service.proof.standalone.recomputing import check_times, differences, events_of, recompute
from service.proof.standalone.records import CannotRecompute
from service.proof.standalone.refusals import STATUS, Refused

_STATUSES = "exit status: " + ", ".join(f"{n} {code}" for code, n in STATUS.items())


def run(arguments: Sequence[str]) -> int:
    """Check a file and return the exit status; what was found is printed in lines."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=_STATUSES)
    parser.add_argument("what", choices=("receipt", "bundle", "estimate"))
    parser.add_argument("file", type=Path, help="the file; of a bundle its directory")
    parser.add_argument(
        "--key", action="append", default=[], help="a key of the log that you have from elsewhere"
    )
    given = parser.parse_args(arguments)
    try:
        return STATUS[_CHECKS[given.what](given.file, given.key)]
    except Refused as refused:
        return _failed(refused.code, str(refused))
    except CannotRecompute as error:
        return _failed("cannot-recompute", str(error))
    except (OSError, ValueError, LookupError, TypeError) as error:
        return _failed("cannot-read", f"{given.file}: {type(error).__name__}: {error}")


def _failed(code: str, message: str) -> int:
    print(f"{code}: {message}", file=sys.stderr)
    return STATUS[code]


def _signers(keys: Sequence[str], own: Sequence[str]) -> list[Signer]:
    if not keys:
        print("note: checked with the key that the file names; give --key with one from elsewhere")
    return [signer_of(key) for key in keys or own]


def _tell(tree: Tree) -> None:
    print(f"signed: {tree.origin}, {tree.size} events, root {tree.root.hex()}")


def _receipt(file: Path, keys: Sequence[str]) -> str:
    event, checkpoint = receipt_of(file.read_bytes().decode())
    if not keys:
        raise Refused("cannot-read", "a receipt names no key; give --key with the key of the log")
    tree = signed_tree(checkpoint, _signers(keys, ()))
    check(event, tree)
    _tell(tree)
    print(f"included: {event.name}")
    if event.body is None:
        print("withheld: no body; it is proved that the event is in the log, not what it says")
        return "body-withheld"
    print(f"body: {event.body.decode()}")
    return "verified"


def _bundle(folder: Path, keys: Sequence[str]) -> str:
    own = (folder / "log.vkey").read_text().split()
    tree, events = checked_bundle(folder, _signers(keys, own))
    _tell(tree)
    for event in events:
        print(f"included: {event.name}")
    if all(event.body is not None for event in events):
        check_report(folder, events)
    for said in statements(events):
        figure = json.dumps(said.get("quantity") or said.get("stance"))
        print(f"claim {said['n']} (event {said['event']}): {said['originator']}: {figure}")
    return _whole(events)


def _estimate(file: Path, keys: Sequence[str]) -> str:
    proof = json.loads(file.read_bytes())
    tree = signed_tree(proof["checkpoint"], _signers(keys, proof["verifiers"]))
    events = events_of(proof)
    check_all(events, tree)
    check_times(proof, events, tree)
    _tell(tree)
    whole = sum(event.body is not None for event in events)
    print(f"included: {len(events)} events, {whole} with the body that was recorded")
    found = _whole(events)
    if found == "body-withheld":
        return found
    if found == "body-redacted":
        raise CannotRecompute("an event was redacted, and what then counts is not known here")
    mine = recompute(proof, events)
    print(_shown(proof["question"]["indicator"], mine))
    different = differences(mine, proof["estimate"])
    if different or proof["policy"] != proof["estimate"]["policy"]:
        raise Refused("figure-differs", "; ".join(different) or "the policy is another")
    return "verified"


def _whole(events: Sequence[Proved]) -> str:
    """What follows from bodies that are not there."""
    code = "verified"
    for state in ("redacted", "withheld"):
        missing = [
            str(event.position) for event in events if event.body is None and event.state == state
        ]
        if missing:
            code = f"body-{state}"
            print(f"{state}: the bodies of {', '.join(missing)}")
    return code


def _shown(indicator: str, found: dict[str, Any]) -> str:
    figure = {
        name: found[name] for name in ("low", "best", "high", "verdict") if found[name] is not None
    }
    said = ", ".join(f"{name} {_plain(value)}" for name, value in figure.items()) or "unknown"
    return f"computed again: {indicator}: {said} ({found['policy']}; used {', '.join(found['used'])})"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


_CHECKS = {"receipt": _receipt, "bundle": _bundle, "estimate": _estimate}
