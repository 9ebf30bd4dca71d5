"""What has become of what is counted, from the verbs of its sentence."""

import re
from collections.abc import Mapping

from domain.vocabulary import Status

_SAID: Mapping[Status, str] = {
    "forecast": "forecasts?|projected|projects|predicts?|predicted|foresees?|foresaw",
    "planned": "will|would|shall|plans?|planned|planning|preparing|prepares?|expected to|expects?|"
    "(?:is|are|was|were) expected|"
    "expecting|to arrive|"
    "set to|due to be|going to|intends?|intended|to be sent|slated|scheduled|poised|pledged|promised|"
    "vowed|agreed to|may|might|could|ready to|about to|hopes? to|aims? to|to send|is to|are to|was to|"
    "were to",
    "in-transit": "en route|on (?:its|their|the) way|in transit|under way|underway|"
    "heading (?:to|for)|bound for",
    "departed": "left|departed|withdrew|withdrawn|withdrawing|went home|returned home|have returned|"
    "pulled out",
    "arrived": "arrived|reached|landed|came ashore|have come|moved (?:in)?to",
    "acknowledged": "acknowledged|admitted|conceded|acknowledges|admits",
    "estimated": "estimated?|estimates|believed|thought to|assessed|assesses|put at|reckons?",
    "present": "(?:is|are|remains?) (?:deployed|stationed|present|training|fighting|based|there|in)",
}
_RULES = {status: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for status, words in _SAID.items()}
_MONTH = re.compile(
    r"\b(?:in|since|until|by|of|from|early|late|mid|last|next|and|to)[ -]May\b|\bMay [0-9]"
)


def status_said(clause: str) -> tuple[Status, str] | None:
    """The status that a clause names, with the words that do; the first rule that finds any."""
    without_month = _MONTH.sub(" ", clause)
    for status, rule in _RULES.items():
        found = rule.search(without_month)
        if found is not None:
            return status, found[0]
    return None
