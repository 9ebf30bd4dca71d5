"""TLP as STIX marks it: version 2.0 out, versions 1 and 2.0 in.

Source of the ids: STIX 2.1, 7.2.1.4 (TLP 1), and the extension definition of TLP 2.0 in the common
objects of the OASIS CTI committee. The last one is what OpenCTI uses for AMBER+STRICT.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.vocabulary import MARKINGS, Marking, restriction

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_2: Mapping[Marking, str] = {
    "TLP:CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "TLP:GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "TLP:AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "TLP:AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "TLP:RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_OTHERS: Mapping[str, Marking] = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "TLP:CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "TLP:GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "TLP:AMBER",
    "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37": "TLP:AMBER+STRICT",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "TLP:RED",
}
KNOWN: Mapping[str, Marking] = {**{id: marking for marking, id in TLP_2.items()}, **_OTHERS}
"""Every id of a TLP marking that is understood, with what it means here."""
_WHITE = "TLP:WHITE"


def definitions() -> list[dict[str, Any]]:
    """The marking definitions of TLP 2.0, as they are published."""
    return [
        {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": id,
            "created": "2022-10-01T00:00:00.000Z",
            "name": marking,
            "extensions": {
                TLP_EXTENSION: {
                    "extension_type": "property-extension",
                    "tlp_2_0": marking.removeprefix("TLP:").lower(),
                }
            },
        }
        for marking, id in TLP_2.items()
    ]


def named_marking(definition: Mapping[str, Any]) -> Marking | None:
    """The TLP marking that a marking definition of another id names, if it names one."""
    given = definition.get("definition")
    texts = [given.get("tlp")] if isinstance(given, dict) else []
    for text in (definition.get("name"), *texts, definition.get("x_opencti_definition")):
        if isinstance(text, str):
            name = text.strip().upper()
            name = name if name.startswith("TLP:") else f"TLP:{name}"
            found = [each for each in MARKINGS if each == (MARKINGS[0] if name == _WHITE else name)]
            if found:
                return found[0]
    return None


def most_restrictive(markings: Iterable[Marking]) -> Marking:
    """The most restrictive of several markings; without any, the most open."""
    return max(markings, key=restriction, default=MARKINGS[0])
