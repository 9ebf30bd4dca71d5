"""The names of things of others: ids of sources, markings, addresses."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from unicodedata import normalize

from domain.vocabulary import Marking
from service.interop.stix.inbound.bundle import Bundle, Thing, objects, text, texts
from service.interop.stix.markings import KNOWN, most_restrictive, named_marking

LONGEST_SLUG = 100
Known = Callable[[str], bool]
"""Whether the log has a source of an id."""


class LeftOut(Exception):
    """Why an object becomes no command."""


@dataclass(slots=True)
class Names:
    """The sources that identities become, by id of the identity."""

    bundle: Bundle
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = set[str]()
        for thing in self.bundle.of("identity"):
            slug = slug_of(text(thing, "name") or "") or thing["id"]
            if slug in taken:
                slug = f"{slug}-{thing['id'].rpartition('--')[2][:8]}"
            taken.add(slug)
            self.sources[thing["id"]] = slug

    def author(self, thing: Thing) -> str | None:
        """The source that made an object; None where it names none that is in the bundle."""
        return self.sources.get(text(thing, "created_by_ref") or "")

    def marking(self, thing: Thing) -> Marking:
        """How restricted an object is; raises `LeftOut` where nobody can say."""
        granular = (text(each, "marking_ref") for each in objects(thing, "granular_markings"))
        refs = [*texts(thing, "object_marking_refs"), *filter(None, granular)]
        found = list[Marking]()
        for ref in refs:
            definition = self.bundle.things.get(ref)
            marking = KNOWN.get(ref) or (named_marking(definition) if definition else None)
            if marking is None and definition is None:
                raise LeftOut(f"is marked by {ref[:120]}, which is not in the bundle: who may see it?")
            found += [marking] if marking else []
        return most_restrictive(found)


def slug_of(name: str) -> str:
    """A name as an id: small letters and digits with hyphens; empty where it has none."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))[:LONGEST_SLUG].strip("-")


def address_of(thing: Thing) -> str | None:
    """The first address among the external references of an object."""
    found = (text(each, "url") for each in objects(thing, "external_references"))
    return next((url for url in found if url and url.startswith(("http://", "https://"))), None)
