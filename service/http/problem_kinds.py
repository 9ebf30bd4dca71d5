"""The table of problem codes: the status, title, cause and cure of each."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, title, cause and cure."""

    status: int
    title: str
    cause: str
    cure: str


PROBLEMS: Mapping[str, Kind] = {
    "invalid": Kind(
        422,
        "The body does not fit",
        "A field is missing, unknown, of the wrong type, or breaks a rule of its own.",
        "Fix what `errors` lists; each entry has a JSON pointer into the body.",
    ),
    "unknown-indicator": Kind(
        422,
        "No such indicator",
        "A claim or a definition names an indicator that is not defined.",
        "Define it first, or use one of the similar ids that the detail lists.",
    ),
    "unknown-claim": Kind(
        422,
        "No such claim",
        "A link, a claim that rests on others, or an assessment names a claim that was never filed.",
        "File the report that the claim is in first.",
    ),
    "link-to-self": Kind(
        422,
        "A claim derived from itself",
        "A claim is derived from the claim itself, or rests on it.",
        "Leave the link out, or name the claim that the figure came from.",
    ),
    "link-to-later": Kind(
        422,
        "A claim derived from a later one",
        "The claim named was stated on a later UTC day than the one derived from it or resting on it.",
        "Check both `stated_at`; reverse the link if it points the wrong way.",
    ),
    "link-cycle": Kind(
        422,
        "The links form a cycle",
        "The claim named is itself derived from this one or rests on it, directly or through others.",
        "Unlink the wrong one of the links first.",
    ),
    "not-found": Kind(
        404,
        "Not found",
        "The address, or the report, claim, source or indicator that it names, does not exist at "
        "the times asked; or a filter names what was never recorded.",
        "Check the id and the times; the lists show what exists.",
    ),
    "id-taken": Kind(
        409,
        "The id is taken",
        "A report with this id already exists with other content, or a report, source or indicator of "
        "this id is not for everybody to see.",
        "Choose another id, or correct the existing report.",
    ),
    "report-withdrawn": Kind(
        409,
        "The report is withdrawn",
        "A withdrawn report accepts no further commands.",
        "File a new report.",
    ),
    "redacted": Kind(
        410,
        "The report was redacted",
        "Law or the protection of a source required that what the report said be destroyed. That it "
        "was filed, and who redacted it, when, why and under which authority, stays (`redaction`).",
        "Nothing brings it back. Ask who redacted it.",
    ),
    "report-redacted": Kind(
        409,
        "The report is redacted",
        "What the report said was destroyed; it accepts no further commands, and its id stays taken.",
        "File a new report under another id, if what it says may be kept.",
    ),
    "measure-fixed": Kind(
        409,
        "Measure and unit are fixed",
        "The indicator has claims or an assessment; another measure or unit would make their figures "
        "wrong.",
        "Define another indicator.",
    ),
    "key-reused": Kind(
        409,
        "The idempotency key was used before",
        "An earlier request used this `Idempotency-Key` for something else.",
        "Use a new key for every new request; repeat a key only with the same request.",
    ),
    "stale-version": Kind(
        412,
        "Changed in the meantime",
        "No tag in `If-Match` is that of what is there now; `current_version`, if any, is its version.",
        "Read it again, then repeat the request if it still makes sense.",
    ),
    "already-there": Kind(
        412,
        "There already",
        "`If-None-Match` names what is there: `*` anything at all, a tag this very version.",
        "Read what is there; to change it, send its tag as `If-Match` instead.",
    ),
    "unknown-parameter": Kind(
        422,
        "Unknown query parameter",
        "This address does not take the parameter; ignoring it would have answered another question.",
        "Check its spelling against the parameters that the detail lists.",
    ),
    "bad-parameter": Kind(
        422,
        "A query parameter cannot be read",
        "A query parameter or a header has a value of the wrong form, or is given twice.",
        "Fix the one that the detail names.",
    ),
    "bad-request": Kind(
        400,
        "Not a request that can be read",
        "The request is not HTTP, or names its host twice.",
        "Send one well-formed request at a time, with one `Host`.",
    ),
    "head-too-large": Kind(
        431,
        "The head of the request is too large",
        "The address and the headers together exceed the limit that the detail names.",
        "Send shorter headers, or less in the address.",
    ),
    "too-slow": Kind(
        408,
        "The request came too slowly",
        "The head or the body of the request did not arrive in time.",
        "Send it again, faster; an import may be sent in parts.",
    ),
    "beyond-head": Kind(
        409,
        "Beyond the head of the log",
        "The request continues after a position that this log has not reached; `head` is its last one. "
        "The position may come from another log, or from one that lost its tail.",
        "Read the log again from a position that you can trust, or from its start.",
    ),
    "other-history": Kind(
        409,
        "Another log",
        "The `Intellog-Log` that the request names is not the id of this log.",
        "Positions and versions of one log mean nothing in another: read this one from its start.",
    ),
    "bad-cursor": Kind(
        422,
        "The cursor does not fit",
        "This list did not issue the cursor, or the other parameters have changed since.",
        "Start again without a cursor.",
    ),
    "too-large": Kind(
        413,
        "The body is too large",
        "The body, one line of an import, or a file exceeds the limit that the detail names.",
        "Split it; send many reports through the import, one per line.",
    ),
    "proof-too-large": Kind(
        422,
        "The proof would be too large",
        "The estimate depends on more events than one proof holds.",
        "Ask for a period, a cohort or an earlier time, or verify the whole log.",
    ),
    "wrong-media-type": Kind(
        415,
        "Wrong media type",
        "The `Content-Type` is not one that this address accepts, or the body is something else, or "
        "compressed.",
        "Send the media type that the detail names, without `Content-Encoding`.",
    ),
    "evidence-mismatch": Kind(
        422,
        "The file has another hash",
        "The SHA-256 of the file that came is not the one in the address: it was cut off or changed on "
        "the way, or the address is that of another file.",
        "Compute the hash of the file and send it again under that.",
    ),
    "evidence-missing": Kind(
        404,
        "The evidence is gone",
        "A report names this file, which was stored and is no longer there.",
        "The operator restores it from a backup, or whoever has it sends it again.",
    ),
    "evidence-altered": Kind(
        503,
        "The evidence was altered",
        "The stored file no longer has the hash by which reports name it, so it is not served; "
        "`position` is that of the last event that names it.",
        "The operator restores it from a backup, or whoever has the true file sends it again: what was "
        "found is set aside. `intellog evidence check` lists all such files.",
    ),
    "evidence-unavailable": Kind(
        503,
        "The store of evidence failed",
        "The disk of the folder `evidence` is full, or the folder cannot be used.",
        "Nothing was kept; try again after `Retry-After`. The operator makes room, or looks at the "
        "folder.",
    ),
    "range-not-satisfiable": Kind(
        416,
        "No such part",
        "The `Range` asked for begins behind the end of the file; `size` is its number of bytes.",
        "Ask for a part that begins within the file, or for all of it.",
    ),
    "unauthenticated": Kind(
        401,
        "Who is asking?",
        "This address needs to know who asks, and the request has no token or session, or one that is "
        "not accepted: unknown, expired or revoked.",
        "Send a token as `Authorization: Bearer`, or log in at /login; an admin makes tokens with "
        "`intellog token create`.",
    ),
    "forbidden": Kind(
        403,
        "Your role does not allow this",
        "The address takes a higher role than that of the principal who asks.",
        "Ask an admin for a token with the role that the detail names.",
    ),
    "too-many-requests": Kind(
        429,
        "Too many requests",
        "This principal sends more requests a second than one may, or too many tokens from this "
        "address were wrong.",
        "Wait as long as `Retry-After` says, then go on more slowly.",
    ),
    "tokens-unavailable": Kind(
        503,
        "The tokens cannot be checked",
        "The file of the tokens failed, or a new token could not be written into the log, which comes "
        "before it is accepted.",
        "Try again after `Retry-After`; the operator looks at `tokens.sqlite`, the log and their disk.",
    ),
    "issuer-unavailable": Kind(
        503,
        "The identity provider does not answer",
        "The keys that the token must be checked with could not be fetched from its issuer.",
        "Try again after `Retry-After`; the operator checks `INTELLOG_OIDC_ISSUER` and the network.",
    ),
    "webhooks-unavailable": Kind(
        503,
        "The webhooks cannot be read",
        "The file of the webhooks, or the key beside it, failed or is missing.",
        "Try again after `Retry-After`; the operator looks at `webhooks.sqlite`, `webhooks.key` and "
        "their disk.",
    ),
    "not-the-writer": Kind(
        307,
        "Another node takes writes",
        "This node follows the log, which another one writes; or it waits to write it.",
        "Send the same request to the address in `Location`, with its body and its token, if that is a "
        "node that you trust. The Python client and the command line do so by themselves.",
    ),
    "no-writer": Kind(
        503,
        "No node takes writes now",
        "This node does not write the log, and the address of the one that does is not known: it has "
        "stopped and no other has taken over yet, or it has published no address.",
        "Nothing was written; try again after `Retry-After`. If that lasts, the operator looks whether "
        "a writer runs and whether its `INTELLOG_NODE_URL` is set.",
    ),
    "method-not-allowed": Kind(
        405,
        "Method not allowed",
        "The address exists but does not support this method.",
        "Use one of the methods in the `Allow` header.",
    ),
    "not-acceptable": Kind(
        406,
        "No acceptable media type",
        "The `Accept` header names no media type that this address can return.",
        "Accept one of the media types that the detail names.",
    ),
    "cross-origin": Kind(
        403,
        "Request from another origin",
        "According to its `Origin` header, a web page of another origin tried to change something.",
        "Make the change on this service's own pages, or from a program, which sends no `Origin`.",
    ),
    "host-not-allowed": Kind(
        421,
        "Wrong host",
        "The `Host` header does not name this machine; a web page elsewhere may be attempting access.",
        "Use localhost, 127.0.0.1 or [::1].",
    ),
    "not-caught-up": Kind(
        503,
        "Views not caught up",
        "The views did not reach the requested position in time, do not hold yet what the address "
        "names, or are being rebuilt.",
        "Try again after `Retry-After`; /readyz shows how far they are.",
    ),
    "overloaded": Kind(
        503,
        "Overloaded",
        "Too many commands or questions are waiting, or too many connections or streams are open.",
        "Nothing was written; try again after `Retry-After`.",
    ),
    "took-too-long": Kind(
        503,
        "The question takes too long",
        "The answer was not found within the time that the detail names.",
        "Ask for less: a cohort, a period, a source; or try again after `Retry-After`.",
    ),
    "no-room": Kind(
        503,
        "No room on the disk",
        "The disk for temporary files is full, an import keeps more there than it may, or the views do "
        "not fit a second time where the data is, which a rebuild needs.",
        "Make room where the detail says (temporary files: `TMPDIR`) and try again; what was taken of "
        "an import is a duplicate then.",
    ),
    "rebuild-running": Kind(
        409,
        "Another job is running",
        "The views are being rebuilt while a roll back is asked for, or the other way round.",
        "Wait until it is done, or cancel it: `DELETE /v1/projections/claims/rebuild`.",
    ),
    "nothing-running": Kind(
        409,
        "Nothing is running",
        "There is no rebuild and no roll back that could be cancelled; it may be done by now.",
        "Nothing, or put back what was replaced: `POST /v1/projections/claims/rebuild/roll-back`.",
    ),
    "nothing-kept": Kind(
        409,
        "Nothing is kept",
        "There are no views to roll back to: there was no rebuild, those that it replaced were "
        "damaged, or the time for which they are kept is over.",
        "Rebuild the views: what they show follows from the log.",
    ),
    "log-unavailable": Kind(
        503,
        "Log unavailable",
        "The log's storage failed or took too long.",
        "Try again after `Retry-After`; retrying the same request is safe.",
    ),
    "log-damaged": Kind(
        503,
        "The log is damaged",
        "Something stored in the log is not what was written: an event does not match its hash, or an "
        "index or a key is wrong.",
        "Nothing was written. The operator stops the service, runs `intellog check`, and restores the "
        "log from a backup; what lies outside the damage can still be read.",
    ),
    "bad-checkpoint": Kind(
        400,
        "Not a checkpoint to cosign",
        "The body is not what C2SP's tlog-witness describes, or it continues a larger tree than its "
        "checkpoint has.",
        "Send the line `old <size>`, the hashes of the proof, an empty line and the signed checkpoint.",
    ),
    "unknown-log": Kind(
        404,
        "No log that is witnessed here",
        "The checkpoint is of a log whose key is not in the file that `INTELLOG_WITNESSED` names.",
        "The operator of this service adds the key, if both operators agree that it is witnessed.",
    ),
    "checkpoint-not-signed": Kind(
        403,
        "Not signed by that log",
        "No key that is known here of the log has signed the checkpoint, or its signature does not "
        "belong to it.",
        "Send the checkpoint as the log signed it; if its keys changed, tell the operator the new one.",
    ),
    "proof-refused": Kind(
        422,
        "It does not continue what was cosigned",
        "The hashes do not lead from the tree that was cosigned last to that of the checkpoint.",
        "Make the proof from the size that was cosigned last. If that fails as well, the log has "
        "changed its past.",
    ),
    "witness-unavailable": Kind(
        503,
        "The witness cannot work",
        "The key with which it cosigns, or the file of what it has cosigned, cannot be used.",
        "Nothing was cosigned; try again after `Retry-After`. The operator looks at the directory of "
        "the keys.",
    ),
    "not-signed-yet": Kind(
        503,
        "Not signed yet",
        "No checkpoint covers the event or the tree yet: this node waits for the one that the writer "
        "signs, or the log cannot be signed now.",
        "Try again after `Retry-After`. If that lasts, /verify says why, and the operator looks at the "
        "keys.",
    ),
    "clock-leap": Kind(
        503,
        "The clock leaps ahead",
        "The clock of the server is more than a day after the last event in the log; a wrong timestamp "
        "would stand before everything that is written later.",
        "Nothing was written. The operator sets the clock right, or starts the service with "
        "`--accept-clock` if it is right.",
    ),
    "not-installed": Kind(
        501,
        "Not installed",
        "This service runs without a library that the request needs, one of its extras.",
        "The operator installs the extra that `detail` names and starts the service again.",
    ),
    "internal": Kind(
        500,
        "Internal error",
        "The program has a fault.",
        "Nothing was acknowledged; please report it with the time of the request.",
    ),
}


ANY = (
    *("unknown-parameter", "bad-parameter", "invalid", "host-not-allowed", "internal"),
    *("bad-request", "head-too-large", "too-slow", "other-history", "overloaded"),
    *("not-the-writer", "no-writer"),
)
"""Codes that any operation may be refused with."""
ACCESS = (
    *("unauthenticated", "forbidden", "too-many-requests"),
    *("tokens-unavailable", "issuer-unavailable"),
)
"""Codes that any operation may be refused with that takes a role."""
READ = ("not-found", "not-caught-up", "log-unavailable", "log-damaged", "took-too-long")
OF_REPORTS = ("redacted",)
LISTED = ("bad-cursor",)
CONDITIONAL = ("stale-version",)
WRITTEN = (
    *("too-large", "wrong-media-type", "cross-origin", "report-withdrawn", "key-reused"),
    "report-redacted",
    *("stale-version", "already-there", "not-found", "unknown-indicator", "unknown-claim", "id-taken"),
    *("log-unavailable", "log-damaged", "clock-leap", "not-caught-up", "took-too-long"),
)
"""Codes that reads, lists, tagged reads and writes may be refused with beyond those."""
KEPT = (
    *("too-large", "wrong-media-type", "evidence-mismatch", "evidence-unavailable", "cross-origin"),
    *("not-found", "not-caught-up", "log-unavailable", "log-damaged", "took-too-long"),
)
"""Codes that a file of evidence may be refused with."""


def documentation() -> str:
    """Every problem code with status, cause and cure, as a page in Markdown."""
    lines = [
        "# Problems",
        "",
        "A refused request changes nothing and is answered with `application/problem+json` (RFC 9457). "
        "Its `type` is the address of its code below; `detail` says what is wrong with this request; "
        "`errors`, for a body, lists each fault with a JSON pointer.",
        "",
    ]
    for code, kind in PROBLEMS.items():
        lines += [f"## /problems/{code}", "", f"**{kind.status} {kind.title}.**"]
        lines += [f"{kind.cause}", "", f"*What to do:* {kind.cure}", ""]
    return "\n".join(lines)
