"""Every projection, in the order in which they receive each event.

A projection may read the tables of those that it names in `reads`, which must come before it.
"""

from projections.board import BOARD
from projections.changed.projection import CHANGED
from projections.headlines import HEADLINES
from projections.moved.projection import MOVED
from projections.sums.projection import SUMS
from projections.suspected.projection import SUSPECTED
from projections.tables.assessments import ASSESSMENTS
from projections.tables.cited_figures import CITED_FIGURES
from projections.tables.claims import CLAIMS
from projections.tables.journal import JOURNAL
from projections.tables.levels import LEVELS
from projections.tables.projection import Projection
from projections.tables.redactions import REDACTIONS
from projections.tables.registry import REGISTRY
from projections.tables.restrictions import RESTRICTIONS
from projections.tables.search import SEARCH

CATALOGUE: tuple[Projection, ...] = (
    JOURNAL,
    REGISTRY,
    ASSESSMENTS,
    LEVELS,
    REDACTIONS,
    CLAIMS,
    RESTRICTIONS,
    SUMS,
    HEADLINES,
    SUSPECTED,
    BOARD,
    CHANGED,
    CITED_FIGURES,
    MOVED,
    SEARCH,
)
