"""Every setting that the environment gives, with what it means: the table of the documents."""

from collections.abc import Mapping
from dataclasses import fields

from service.access.provider import Provider
from service.attestation.wanted import Attestation
from service.settings import Limits, Settings

MEANINGS: Mapping[str, str] = {
    "INTELLOG_DATA": "the directory of the log and its views, where `--data` names none",
    "INTELLOG_LOG": "the address of a PostgreSQL database that holds the log, instead of a file in the "
    "directory; it may contain a password and is never printed",
    "INTELLOG_LOG_FILE": "a file with that address, instead of `INTELLOG_LOG`: for secrets",
    "INTELLOG_ACTOR": "the actor of every event, where no token says who asks",
    "INTELLOG_TOKEN": "the token that the command line sends with `--url`",
    "INTELLOG_TOKEN_FILE": "a file of mode 600 that holds that token",
    "INTELLOG_FOLLOW_TOKEN": "the token that a mirror sends to its source: of the role admin, with the "
    "highest clearance",
    "INTELLOG_FOLLOW_TOKEN_FILE": "a file of mode 600 that holds that token",
    "INTELLOG_PUBLIC_URL": "the address by which others reach the service: accepted as `Host` and "
    "`Origin`",
    "INTELLOG_NODE_URL": "where clients of other nodes reach this very node while it writes, if "
    "`INTELLOG_PUBLIC_URL` may lead to any of several nodes",
    "INTELLOG_TRUSTED_PROXIES": "addresses or networks, with commas between them, whose "
    "`X-Forwarded-For` and `X-Forwarded-Proto` are believed",
    "INTELLOG_EMBED_ORIGINS": "origins of other pages that may show figures, with spaces between them; "
    "`*` for all",
    "INTELLOG_EMBED_PUBLIC": "`1` lets anybody see figures there that are TLP:CLEAR",
    "INTELLOG_TOKEN_HOLD_SECONDS": "how long a node accepts tokens that it knows while the writer does "
    "not answer",
    "INTELLOG_SESSION_SECONDS": "how long a browser stays logged in",
    "INTELLOG_OIDC_ISSUER": "the identity provider whose tokens are accepted, exactly as they name it",
    "INTELLOG_OIDC_AUDIENCE": "what its tokens must be meant for; required with an issuer",
    "INTELLOG_OIDC_JWKS": "the address of its keys; unless set, what its discovery document says",
    "INTELLOG_OIDC_SUBJECT_CLAIM": "the claim of its tokens that names the subject",
    "INTELLOG_OIDC_ROLE_CLAIM": "the claim that holds a role, or a list with exactly one",
    "INTELLOG_OIDC_CLEARANCE_CLAIM": "the claim that holds a marking, or a list with exactly one",
    "INTELLOG_OIDC_ALGORITHMS": "the signatures that are accepted",
    "INTELLOG_BODY_LIMIT": "bytes of a body, and of one line of an import",
    "INTELLOG_TABLE_LIMIT": "bytes of an uploaded table",
    "INTELLOG_EVIDENCE_LIMIT": "bytes of a file that a report rests on",
    "INTELLOG_CONNECTIONS": "connections at a time; also kept below the number of files that the "
    "process may open",
    "INTELLOG_HEAD_BYTES": "bytes of the head of a request",
    "INTELLOG_HEAD_SECONDS": "seconds for the head of a request",
    "INTELLOG_BODY_SECONDS": "seconds for a whole body",
    "INTELLOG_IMPORT_QUIET_SECONDS": "seconds of pause within an import or a file",
    "INTELLOG_IDLE_SECONDS": "seconds between two requests of a connection",
    "INTELLOG_SEND_SECONDS": "seconds for which a client may not read what it is sent",
    "INTELLOG_STREAMS": "open event streams at a time",
    "INTELLOG_STREAMS_PER_CLIENT": "open event streams of one principal, or of one address without "
    "tokens",
    "INTELLOG_QUESTIONS": "questions that are answered at a time",
    "INTELLOG_QUESTIONS_WAITING": "questions that may wait for their turn",
    "INTELLOG_QUESTION_SECONDS": "seconds for one question, waiting included",
    "INTELLOG_RATE": "requests a second of one principal, where callers need a token; twice as many "
    "may come at once",
    "INTELLOG_WEBHOOK_NETWORKS": "addresses or networks, with commas between them, that webhooks may "
    "reach although they are not public, also by `http://`",
    "INTELLOG_WEBHOOK_SECONDS": "seconds for one attempt to deliver a message",
    "INTELLOG_WEBHOOK_PAUSE": "seconds after the first attempt that failed; then twice as long each "
    "time, up to an hour",
    "INTELLOG_ROLL_BACK_SECONDS": "for how long the views that a rebuild replaced are kept, so that "
    "they can be put back; 0 keeps none",
    "INTELLOG_KEYS": "the directory of the keys that sign the log, and of what they signed last; "
    "unless set, `keys` in the directory of the log. Better on another disk, so that whoever puts back "
    "or rewrites the log does not do the same to them",
    "INTELLOG_ORIGIN": "the name under which the log is signed, fixed with its first key: a host and a "
    "path, as `intel.example/log`; unless set, the host of `INTELLOG_PUBLIC_URL`, or else "
    "`intellog.invalid/` and the id of the log",
    "INTELLOG_CHECKPOINT_SECONDS": "seconds between two checkpoints of a log that grows",
    "INTELLOG_PUBLIC_PROOFS": "`0` has only readers see checkpoints and the entries of the tree: how "
    "many events there are, and when they were recorded",
    "INTELLOG_TIME_AUTHORITY": "the address of an authority (RFC 3161) that stamps checkpoints with "
    "the time, with the extra `time`; without it there are no time stamps",
    "INTELLOG_TIME_CERTIFICATES": "a PEM file with the root certificates of that authority; required "
    "with it",
    "INTELLOG_TIME_SECONDS": "seconds between two time stamps, at least",
    "INTELLOG_WITNESSES": "a file with a policy (C2SP tlog-policy) whose witnesses are asked to cosign "
    "each checkpoint",
    "INTELLOG_WITNESSED": "a file with a line `log <key>` for each other log that this service cosigns "
    "at `/add-checkpoint`",
    "INTELLOG_LOG_FORMAT": "`json` for one JSON object a line instead of `text`",
    "INTELLOG_ACCESS_LOG": "`on` for a line of each request instead of `off`",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "where traces go, with the extra `otel`; without it and the next "
    "there are none",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "the same for traces alone, as the whole address",
    "OTEL_TRACES_EXPORTER": "`none` for no traces",
    "OTEL_SDK_DISABLED": "`true` for no traces",
}
"""What each variable means, in the order of the table."""


def _shown(value: object) -> str:
    """A default as the environment would give it."""
    if isinstance(value, bool):
        return str(int(value))
    return " ".join(value) if isinstance(value, tuple) else str(value)


DEFAULTS: Mapping[str, str] = {"INTELLOG_DATA": "data"} | {
    f"{prefix}{each.name.upper()}": _shown(value)
    for kind, prefix in (
        (Settings, "INTELLOG_"),
        (Limits, "INTELLOG_"),
        (Provider, "INTELLOG_OIDC_"),
        (Attestation, "INTELLOG_"),
    )
    for each in fields(kind)
    if isinstance(value := each.default, str | int | float | tuple) and value not in ((), False)
}
"""What each variable is unless it is set; those that are missing are then nothing."""


def settings_table() -> str:
    """The settings as a table in Markdown."""
    rows = [
        f"| `{name}` | {f'`{DEFAULTS[name]}`' if name in DEFAULTS else ''} | {meaning} |"
        for name, meaning in MEANINGS.items()
    ]
    return "\n".join(["| setting | unless set | meaning |", "|---|---|---|", *rows, ""])
