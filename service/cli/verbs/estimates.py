"""Questions about estimates."""

from service.cli import inspection, tables
from service.cli.asking import asking

_ONE = "/v1/estimates/{indicator}"
estimates = asking("/v1/estimates", tables.estimates)
estimate = asking(_ONE, tables.estimate)
explain = asking(f"{_ONE}/explanation", tables.explanation)
vintages = asking(f"{_ONE}/vintages", tables.vintages, chart=tables.vintage_chart)
series = asking(f"{_ONE}/series", tables.series)
revisions = asking(f"{_ONE}/revisions", inspection.revisions)
changed = asking("/v1/changes", inspection.changed)
briefing = asking("/v1/briefing", inspection.briefing)
changes = asking(f"{_ONE}/changes", inspection.changes)
slippage = asking(f"{_ONE}/slippage", tables.slippage)
compare = asking("/v1/policies/compare", inspection.comparison)
conflicts = asking("/v1/conflicts", inspection.conflicts)
open_ = asking("/v1/open", inspection.what_is_open)
