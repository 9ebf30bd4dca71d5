"""How a log line is written: as text for people, or as one JSON object a line for programs."""

import json
import logging
import time
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that is being answered, for log lines."""
FORMAT, ACCESS = "INTELLOG_LOG_FORMAT", "INTELLOG_ACCESS_LOG"
REQUESTS = "intellog.requests"
"""The logger of answered requests."""


class BadLogSetting(ValueError):
    """A setting of the log that cannot be; the message names it and the remedy."""


class LineFormatter(logging.Formatter):
    """A log line: UTC time, level, the id of the request or `-`, logger and message."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        form = "%(asctime)s.%(msecs)03dZ %(levelname)s %(request)s %(name)s: %(message)s"
        super().__init__(form, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback, if there is one, follows it."""
        record.request = REQUEST_ID.get()
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """A log line as a JSON object: `time`, `level`, `logger`, `message`, and what else there is.

    `request_id` is there within a request, `exception` with a traceback, `details` where a line has
    fields of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object, on one line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        request, details = REQUEST_ID.get(), getattr(record, "details", None)
        line: dict[str, object] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage() if details is None else details["what"],
        }
        if request != "-":
            line["request_id"] = request
        if details is not None:
            line["details"] = details
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def formatter_of(environment: Mapping[str, str]) -> logging.Formatter:
    """The formatter that a setting names; raises `BadLogSetting`."""
    return (
        JsonFormatter() if _chosen(environment, FORMAT, ("text", "json")) == "json" else LineFormatter()
    )


def logs_requests(environment: Mapping[str, str]) -> bool:
    """Whether a line is written for each request; raises `BadLogSetting`."""
    return _chosen(environment, ACCESS, ("off", "on")) == "on"


def _chosen(environment: Mapping[str, str], variable: str, values: tuple[str, str]) -> str:
    given = environment.get(variable) or values[0]
    if given not in values:
        raise BadLogSetting(f"{variable}={given[:60]}: must be {values[0]} or {values[1]}")
    return given
