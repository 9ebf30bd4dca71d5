"""The tool that reads a text: it drafts claims and records nothing."""

from service.http.parameters import TIMES
from service.model_context.answers import DraftThen
from service.model_context.arguments import FIELDS, Given
from service.model_context.asking import Ask, addressed
from service.model_context.figures import in_part

PROPOSALS = "/v1/proposals"
UNRECORDED = "a draft: nothing is recorded, and nobody has checked it"


async def propose(ask: Ask, given: Given) -> DraftThen:
    """The claims that a text may make, of each list a part."""
    times = {name: given[name] for name in TIMES if name in given}
    text = {name: given[name] for name in FIELDS if name in given}
    body = await ask(addressed(PROPOSALS, {}, times), text)
    draft: DraftThen = in_part(body, ("claims", "not_figures"), given)
    draft["support"] = {"level": None, "reasons": [UNRECORDED]}
    draft["marking"] = None
    return draft
