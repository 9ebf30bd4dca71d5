"""A figure as a bar of text: the best estimate as a dot in its range, open ends as arrows.

The scale starts at 0, or at the smallest figure if that is negative, and ends above the largest, so
that there is room for the arrow of an open end.
"""

from projections.answers.figure import FigureAnswer

WIDTH = 24
HEADROOM = 1.25


class Scale:
    """Maps figures to columns; widens to include each figure drawn."""

    def __init__(self) -> None:
        self._smallest = 0.0
        self._largest = 0.0

    def bar(self, body: FigureAnswer) -> str:
        """One estimate as `WIDTH` characters; blank if it is unknown."""
        given = (body["low"], body["best"], body["high"])
        numbers = [number for number in given if number is not None]
        if not numbers:
            return " " * WIDTH
        self._smallest, self._largest = min([self._smallest, *numbers]), max([self._largest, *numbers])
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
        room = (self._largest - self._smallest) * HEADROOM or 1.0
        return int((value - self._smallest) / room * (WIDTH - 1))
