"""A bundle as the lines of an import, with what became of each of its objects."""

from service.interop.stix.inbound.bundle import bundle_of
from service.interop.stix.inbound.foreign import Foreign
from service.interop.stix.inbound.names import Known
from service.interop.stix.inbound.ours import convert_ours
from service.interop.stix.inbound.outcome import Conversion


def converted(body: bytes, known: Known) -> Conversion:
    """Convert a bundle; `known` says which sources the log has. Raises `Refused` where it is none."""
    bundle, result = bundle_of(body), Conversion()
    convert_ours(bundle, result)
    Foreign(bundle, known, result).convert()
    for place, why in bundle.broken:
        result.tell(place, "left-out", why)
    return result
