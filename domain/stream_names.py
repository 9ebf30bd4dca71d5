"""The names of streams: a kind, a colon and an id. They are built and taken apart here only."""

REPORT, SOURCE, INDICATOR, CITATION, LOG = "report", "source", "indicator", "citation", "log"
KINDS = (REPORT, SOURCE, INDICATOR, CITATION, LOG)
"""The kinds of stream; an id contains no colon."""
OPERATIONS = f"{LOG}:operations"
"""The stream of what an operator accepted of the log itself."""


def report_stream(report: str) -> str:
    """The name of a report's stream."""
    return f"{REPORT}:{report}"


def source_stream(source: str) -> str:
    """The name of a source's stream."""
    return f"{SOURCE}:{source}"


def indicator_stream(indicator: str) -> str:
    """The name of an indicator's stream."""
    return f"{INDICATOR}:{indicator}"


def citation_stream(citation: str) -> str:
    """The name of a citation's stream."""
    return f"{CITATION}:{citation}"


def split_stream(stream: str) -> tuple[str, str]:
    """The kind and the id in the name of a stream."""
    kind, _, name = stream.partition(":")
    return kind, name
