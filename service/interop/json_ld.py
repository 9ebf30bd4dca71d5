"""A figure as linked data (schema.org), for what reads pages: search engines and reference managers.

The page is a `Dataset`; what it says is a `Claim` about an `Observation` of a `StatisticalVariable`.
"""

from collections.abc import Iterable, Mapping

from pydantic import JsonValue
from pydantic_core import to_json

from projections.answers.estimate_answer import EstimateAnswer
from service.interop.citations.citation import PUBLISHER, Citation

Node = dict[str, JsonValue]
_SCRIPT = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


def figure_in_page(
    body: EstimateAnswer, given: Citation, meaning: str, base: str, tables: Mapping[str, Iterable[str]]
) -> Node:
    """The figure of a page; `tables` are addresses of its tables, by media type."""
    publisher: Node = {"@type": "Organization", "name": PUBLISHER}
    variable = f"{base}/v1/indicators/{body['indicator']}"
    measured: Node = {
        "@type": "StatisticalVariable",
        "@id": variable,
        "name": body["title"],
        "description": meaning,
    }
    return _without_nothing(
        {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "@id": given.url,
            "url": given.url,
            "identifier": given.key,
            "name": given.title,
            "description": given.abstract,
            "version": given.version,
            "datePublished": given.issued.isoformat() if given.issued else None,
            "publisher": publisher,
            "creator": [{"@type": "Person", "name": each} for each in given.authors] or publisher,
            "variableMeasured": measured,
            "mainEntity": {
                "@type": "Claim",
                "@id": f"{given.url}#claim",
                "text": given.abstract,
                "claimInterpreter": publisher,
                "about": _observation(body, given, variable),
                "isBasedOn": [f"{base}/v1/claims/{claim}" for claim in body["used"]],
            },
            "distribution": [
                {"@type": "DataDownload", "encodingFormat": media_type, "contentUrl": f"{base}{path}"}
                for media_type, paths in tables.items()
                for path in paths
            ],
        }
    )


def _observation(body: EstimateAnswer, given: Citation, variable: str) -> JsonValue:
    return {
        "@type": "Observation",
        "@id": f"{given.url}#observation",
        "variableMeasured": {"@id": variable},
        "value": body["best"] if body["verdict"] is None else body["verdict"],
        "minValue": body["low"],
        "maxValue": body["high"],
        "unitText": body["unit"] or None,
        "observationDate": body["cutoff"],
        "observationPeriod": body["period"],
        "measurementMethod": body["policy"],
    }


def _without_nothing(node: Node) -> Node:
    """A node without the properties that have no value, all the way down."""
    return {
        name: _without_nothing(value) if isinstance(value, dict) else value
        for name, value in node.items()
        if value not in (None, "", [])
    }


def as_script(node: Node) -> str:
    """JSON that may stand between the tags of a `script`, which nothing in it can end."""
    return to_json(node).decode().translate(_SCRIPT)
