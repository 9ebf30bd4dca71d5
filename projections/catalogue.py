"""Every projection, in the order in which each event goes through them."""

from projections.assessments import ASSESSMENTS
from projections.claims import CLAIMS
from projections.estimates import ESTIMATES
from projections.journal import JOURNAL
from projections.projection import Projection
from projections.registry import REGISTRY
from projections.search import SEARCH

CATALOGUE: tuple[Projection, ...] = (
    JOURNAL,
    REGISTRY,
    ASSESSMENTS,
    CLAIMS,
    ESTIMATES,
    SEARCH,
)
