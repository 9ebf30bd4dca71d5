"""Questions about what is recorded: reports, claims, sources, indicators."""

from service.cli import listings
from service.cli.asking import asking

reports = asking("/v1/reports", listings.reports)
report = asking("/v1/reports/{id}", listings.report)
history = asking("/v1/reports/{id}/history", listings.history)
claim = asking("/v1/claims/{report}/{n}", listings.claim)
impact = asking("/v1/claims/{report}/{n}/impact", listings.impact)
sources = asking("/v1/sources", listings.sources)
indicators = asking("/v1/indicators", listings.indicators)
