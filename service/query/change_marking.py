"""How restricted a change of an answer is: by its indicator, its event and the claims behind it."""

from domain.estimates.policies import ASSESSMENT
from domain.stream_names import indicator_stream, report_stream
from domain.vocabulary import MARKINGS, Marking, restriction, split_claim_id
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.latest_assessment import latest_assessment
from projections.changed.history import ChangedEstimate
from projections.tables.levels import level_of
from projections.tables.restrictions import is_affected
from service.query.standpoint import Standpoint


def change_marking(here: Standpoint, indicator: str, change: ChangedEstimate) -> Marking:
    """The most restrictive marking of what a change tells of."""
    own, here = level_of(here.db, indicator_stream(indicator)), here.on(indicator)
    if not is_affected(here.db, indicator, 0):
        return MARKINGS[own]
    position, before, after = change["cause"]["position"], change["before"], change["after"]
    used = [*(before["used"] if before else ()), *after["used"]]
    reports = {split_claim_id(claim)[0] for claim in used}
    if change["cause"]["report"] is not None:
        reports.add(change["cause"]["report"])
    levels = [own, *(level_of(here.db, report_stream(report)) for report in reports)]
    if ASSESSMENT in (after["policy"], before and before["policy"]):
        for then in (position - 1, position):
            judged = latest_assessment(here.db, indicator, here.at(then).as_of)
            levels += [restriction(judged[0].marking)] if judged else []
    if len(used) >= MOST_LISTED:  # of very many claims only the first are listed
        answer = here.headline(here.db, indicator, here.at(position).as_of)
        levels.append(restriction(answer["marking"]))
    return MARKINGS[max(levels)]
