"""Suspicions about an indicator, remembered: flags over all claims are found by who reads them."""

from collections.abc import Sequence

from domain.suspicions import Suspicion
from projections.suspected import suspicions_of
from service.remembered import Remembered


class Suspects(Remembered[Sequence[Suspicion]]):
    """Finds every suspicion about an indicator at the times asked."""

    def __init__(self) -> None:
        super().__init__(suspicions_of)
