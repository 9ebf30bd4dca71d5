"""What a caller may have meant who names something that is not there: only what the caller may see."""

from domain.near import did_you_mean, nearest
from domain.stream_names import citation_stream, indicator_stream, report_stream
from domain.streams.context import Context
from domain.streams.report_state import claim_numbers
from domain.vocabulary import claim_id, split_claim_id


def unknown_indicator(context: Context, indicator: str) -> str:
    """The message for a caller who names an indicator that is not defined."""
    stream = indicator_stream(indicator)
    near = nearest(
        indicator, context.alike(stream), lambda name: context.may_see(indicator_stream(name))
    )
    return f"there is no indicator '{indicator}'{did_you_mean(near, '; define it first')}"


def unknown_report(context: Context, report: str) -> str:
    """The message for a caller who names a report that is not filed."""
    return f"there is no report '{report}'{did_you_mean(_similar_reports(context, report))}"


def unknown_citation(context: Context, citation: str) -> str:
    """The message for a caller who names a citation that was never made."""
    near = nearest(
        citation,
        context.alike(citation_stream(citation)),
        lambda name: context.may_see(citation_stream(name)),
    )
    return f"there is no citation '{citation}'{did_you_mean(near, '; /v1/citations lists them')}"


def unknown_claim(context: Context, claim: str) -> str:
    """The message for a caller who names a claim of a report that is not filed, or that has it not."""
    report, n = split_claim_id(claim)
    numbers = claim_numbers(context.report(report)) if _may_see(context, report) else ()
    if numbers:
        first, last = claim_id(report, min(numbers)), claim_id(report, max(numbers))
        return f"there is no claim '{claim}'; the report has {first} to {last}"
    near = [
        claim_id(each, n)
        for each in _similar_reports(context, report)
        if n in claim_numbers(context.report(each))
    ]
    return f"there is no claim '{claim}'{did_you_mean(near, '; file its report first')}"


def _similar_reports(context: Context, report: str) -> list[str]:
    return nearest(report, context.alike(report_stream(report)), lambda name: _may_see(context, name))


def _may_see(context: Context, report: str) -> bool:
    return context.may_see(report_stream(report))
