"""Where an answer stands."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from projections.answers.as_of import AsOf
from projections.answers.flags import Suspect


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where an answer stands: the times asked, how they are echoed, and the views to read."""

    db: sqlite3.Connection
    as_of: AsOf
    echo: dict[str, Any]
    current: bool
    suspect: Suspect
