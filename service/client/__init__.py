"""The Python client: `Client` and `AsyncClient` of a running intellog, with typed answers.

Importing it imports nothing of the server.
"""

from service.client.awaiting import AsyncClient, AsyncItems
from service.client.blocking import Client, Items
from service.client.errors import (
    Conflict,
    Cut,
    Forbidden,
    ImportFailed,
    IntellogError,
    Invalid,
    MissingPandas,
    NotFound,
    OtherHistory,
    Refused,
    Stale,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from service.client.frames import as_known, vintage
from service.client.transfers import Imported

__all__ = [
    "AsyncClient",
    "AsyncItems",
    "Client",
    "Conflict",
    "Cut",
    "Forbidden",
    "ImportFailed",
    "Imported",
    "IntellogError",
    "Invalid",
    "Items",
    "MissingPandas",
    "NotFound",
    "OtherHistory",
    "Refused",
    "Stale",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "as_known",
    "vintage",
]
