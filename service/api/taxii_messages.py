"""What a TAXII 2.1 server answers, as types."""

from typing import NotRequired

from typing_extensions import TypedDict

from service.interop.stix.versions import StixObject


class Discovery(TypedDict):
    """What a TAXII server offers (TAXII 2.1, 4.1)."""

    title: str
    description: str
    default: str
    api_roots: list[str]


class ApiRoot(TypedDict):
    """An API root (TAXII 2.1, 4.2)."""

    title: str
    description: str
    versions: list[str]
    max_content_length: int


class Collection(TypedDict):
    """A collection (TAXII 2.1, 5.2)."""

    id: str
    title: str
    description: str
    alias: str
    can_read: bool
    can_write: bool
    media_types: list[str]


class Collections(TypedDict):
    """The collections of an API root (TAXII 2.1, 5.1)."""

    collections: list[Collection]


class Envelope(TypedDict):
    """A page of objects (TAXII 2.1, 3.7)."""

    more: bool
    next: NotRequired[str]
    objects: NotRequired[list[StixObject]]


class ManifestRecord(TypedDict):
    """A version of an object in a manifest (TAXII 2.1, 5.3)."""

    id: str
    date_added: str
    version: str
    media_type: str


class Manifest(TypedDict):
    """A page of a manifest (TAXII 2.1, 5.3)."""

    more: bool
    next: NotRequired[str]
    objects: NotRequired[list[ManifestRecord]]


class Versions(TypedDict):
    """The versions of an object (TAXII 2.1, 5.8)."""

    more: bool
    next: NotRequired[str]
    versions: NotRequired[list[str]]
