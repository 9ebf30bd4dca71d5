"""A figure as a bar in a terminal: the best as a point within its range, open ends as arrows.

The scale begins at 0 or at the least figure seen, and leaves room above the largest, so that an open
end still has somewhere to point.
"""

from typing import Any

WIDTH = 24
HEADROOM = 1.25


class Scale:
    """Maps figures to columns; stretches to the figures that it has seen."""

    def __init__(self) -> None:
        self._least = 0.0
        self._largest = 0.0

    def bar(self, body: dict[str, Any]) -> str:
        """One estimate as `WIDTH` characters; an unknown one is blank."""
        numbers = [body[name] for name in ("low", "best", "high") if body[name] is not None]
        if not numbers:
            return " " * WIDTH
        self._least, self._largest = min([self._least, *numbers]), max([self._largest, *numbers])
        start = 0 if body["open_low"] else self._column(min(numbers))
        end = WIDTH - 1 if body["open_high"] else self._column(max(numbers))
        cells = [" "] * start + ["─"] * (end - start + 1) + [" "] * (WIDTH - 1 - end)
        if body["open_low"]:
            cells[0] = "◂"
        if body["open_high"]:
            cells[-1] = "▸"
        if body["best"] is not None:
            cells[self._column(body["best"])] = "●"
        return "".join(cells)

    def _column(self, value: float) -> int:
        room = (self._largest - self._least) * HEADROOM or 1.0
        return int((value - self._least) / room * (WIDTH - 1))
