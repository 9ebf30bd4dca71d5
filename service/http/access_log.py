"""A line for each request, if the operator wants it: never an address as it was sent, nor its query."""

import logging

from service.log_lines import REQUESTS

_logger = logging.getLogger(REQUESTS)


def log_request(
    method: str,
    operation: str,
    status: int,
    seconds: float,
    sent: int,
    subject: str | None,
    code: str | None,
) -> None:
    """Write who asked for which operation, what the answer was, its bytes and how long it took."""
    if not _logger.isEnabledFor(logging.INFO):
        return
    milliseconds = round(seconds * 1_000, 1)
    details = {"what": "request", "method": method, "operation": operation, "status": status}
    details |= {"milliseconds": milliseconds, "bytes": sent, "subject": subject, "problem": code}
    _logger.info(
        "%s %s %d %s ms %d bytes %s %s",
        *(method, operation, status, milliseconds, sent, subject or "-", code or "-"),
        extra={"details": details},
    )
