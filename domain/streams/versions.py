"""The versions of a report, and which of them is in force at which publication time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from domain.vocabulary import ActKind, NumberedStatement, Provenance


class Version(NamedTuple):
    """What a report says from `force_from` on, until a later version takes over.

    `number` is the stream version of the event that made it, `replaces` that of the version which a
    record correction fixes: it was never said. `revised_at` is when its publisher corrected it, None
    where they did not; only the last version of a withdrawn report has `withdrawn_from`.
    """

    number: int
    kind: Literal["filed", "record", "publisher"]
    provenance: Provenance
    claims: Mapping[int, NumberedStatement]
    reason: str = ""
    revised_at: datetime | None = None
    replaces: int | None = None
    withdrawn: ActKind | None = None
    withdrawn_from: datetime | None = None

    @property
    def published_at(self) -> datetime:
        """When its publisher published it; `provenance.published_at` is the report's own date."""
        return self.revised_at or self.provenance.published_at

    @property
    def force_from(self) -> datetime:
        """From when on it counts on the publication axis."""
        return self.withdrawn_from or self.published_at


def named_sources(publisher: str | None, claims: Iterable[NumberedStatement]) -> list[str]:
    """Every source that a report names: who published it, who says each claim, and who voices it."""
    names = [publisher] if publisher else []
    for claim in claims:
        names.append(claim.originator)
        if claim.spokesperson:
            names.append(claim.spokesperson)
    return names


def timeline(versions: Sequence[Version]) -> Iterator[tuple[datetime, datetime | None, Version]]:
    """The versions along the publication axis: from (inclusive), to (exclusive; None for ever).

    The version published last counts, of those published together the one recorded last; a version
    that a record correction replaced never counts again, and a withdrawal ends the line.
    """
    if len(versions) == 1:  # of nearly every report, and of every one that is filed
        yield versions[0].force_from, None, versions[0]
        return
    end = next((v for v in versions if v.withdrawn), None)
    line = [
        v
        for v in said_versions(versions)
        if not v.withdrawn and (not end or v.force_from < end.force_from)
    ]
    line.sort(key=lambda v: (v.force_from, v.number))
    if end:
        line.append(end)
    for version, following in zip(line, [*line[1:], None], strict=True):
        until = following.force_from if following else None
        if until is None or version.force_from < until:
            yield version.force_from, until, version


def said_versions(versions: Sequence[Version]) -> list[Version]:
    """The versions that the publisher did say: none that a record correction replaced."""
    replaced = {version.replaces for version in versions}
    return [version for version in versions if version.number not in replaced]


def said_from(versions: Sequence[Version]) -> dict[int, datetime]:
    """When each version was said; one that we mistyped, when the version that replaced it was."""
    said: dict[int, datetime] = {}
    for version in reversed(versions):
        since = said.setdefault(version.number, version.force_from)
        if version.replaces is not None:
            said[version.replaces] = since
    return said
