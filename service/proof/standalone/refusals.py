"""Why a file does not show what it should, each with the exit status that says so to programs."""

STATUS = {
    "verified": 0,
    "cannot-read": 1,
    "bad-signature": 3,
    "not-included": 5,
    "body-altered": 7,
    "body-withheld": 8,
    "body-redacted": 9,
    "figure-differs": 11,
    "cannot-recompute": 20,
}
"""The exit statuses; those below 20 are the same as those of `intellog verify`."""


class Refused(Exception):
    """A file is not what it should be: `code` says in what way, the message where and why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
