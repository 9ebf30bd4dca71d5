"""Claims of one voice in the order of their cut-offs."""

from bisect import bisect_left

from domain.estimates.claims import Claim

Voice = tuple[str, str | None]
"""A voice, and the cohort of which it speaks."""
_Order = tuple[int, ...]


def voice_of(claim: Claim) -> Voice:
    """Who says something of which cohort."""
    return claim.voice, claim.cohort


class Line:
    """Claims in headline order, found by it; no two have the same."""

    def __init__(self) -> None:
        self._entries = list[tuple[_Order, Claim]]()

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, place: int) -> Claim:
        return self._entries[place][1]

    def __contains__(self, claim: Claim) -> bool:
        place = self.place(claim)
        return place < len(self) and self[place].id == claim.id

    def span(self, start: int, end: int) -> list[Claim]:
        """The claims from one place up to before another."""
        return [claim for _, claim in self._entries[start:end]]

    def add(self, claim: Claim) -> int:
        """Add a claim; return its place."""
        entry, entries = (claim.headline_order, claim), self._entries
        if not entries or entries[-1][0] < entry[0]:
            entries.append(entry)
            return len(entries) - 1
        place = bisect_left(entries, entry)
        entries.insert(place, entry)
        return place

    def remove(self, claim: Claim) -> int:
        """Remove a claim; return where it was."""
        place = self.place(claim)
        del self._entries[place]
        return place

    def place(self, claim: Claim) -> int:
        """Where a claim is, or would be."""
        return bisect_left(self._entries, (claim.headline_order,))

    def before(self, other: "Line", place: int) -> int:
        """How many claims come before the one at a place of another line."""
        return bisect_left(self._entries, (other._entries[place][0],))

    def after(self, cutoff: int) -> int:
        """The place of the first claim after a cut-off."""
        return bisect_left(self._entries, ((cutoff + 1,),))

    def places(self, cutoff: int) -> tuple[int, int]:
        """The place of the first claim of a cut-off, and that after the last."""
        return bisect_left(self._entries, ((cutoff,),)), self.after(cutoff)

    def between(self, after: int, before: int) -> int:
        """The number of claims with a cut-off between two."""
        return max(0, bisect_left(self._entries, ((before,),)) - self.after(after))
