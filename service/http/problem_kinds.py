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
        "No room for the import",
        "The disk for temporary files is full, or the import keeps more there than it may.",
        "Make room there (`TMPDIR`) and send the import again; what was taken is a duplicate then.",
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
    "clock-leap": Kind(
        503,
        "The clock leaps ahead",
        "The clock of the server is more than a day after the last event in the log; a wrong timestamp "
        "would stand before everything that is written later.",
        "Nothing was written. The operator sets the clock right, or starts the service with "
        "`--accept-clock` if it is right.",
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
)
"""Codes that any operation may be refused with."""
ACCESS = (
    *("unauthenticated", "forbidden", "too-many-requests"),
    *("tokens-unavailable", "issuer-unavailable"),
)
"""Codes that any operation may be refused with that takes a role."""
READ = ("not-found", "not-caught-up", "log-unavailable", "log-damaged", "took-too-long")
LISTED = ("bad-cursor",)
CONDITIONAL = ("stale-version",)
WRITTEN = (
    *("too-large", "wrong-media-type", "cross-origin", "report-withdrawn", "key-reused"),
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
