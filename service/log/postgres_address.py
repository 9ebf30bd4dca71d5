"""The address of a PostgreSQL database in libpq's form; what cannot be parsed is never repeated."""

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def refuse_unreadable(url: str) -> None:
    """Raise ValueError if an address cannot be parsed, without repeating it."""
    unreadable = ValueError("the address of the database cannot be parsed")
    try:
        ports = str(conninfo_to_dict(url).get("port", ""))
    except ProgrammingError:
        # libpq's own message may quote the password.
        raise unreadable from None
    if not ports.replace(",", "0").isdigit() and ports:
        raise unreadable  # a password without a host after it is parsed as a port
