"""The axes of a chart: grid lines, ticks and their labels."""

from collections.abc import Iterator, Sequence

from service.web.chart.scale import Scale
from service.web.chart.svg import coordinate, label, path, shortened, text_width
from service.web.chart.ticks import number_ticks, time_ticks

_MARGIN = 8


def axes(times: Scale, numbers: Scale, figures: Sequence[float], unit: str) -> Iterator[str]:
    """Yield the lines and labels of both axes; without figures the vertical axis has no ticks."""
    whole = all(float(figure).is_integer() for figure in figures)
    upward = number_ticks(numbers.low, numbers.high, whole=whole) if figures else []
    across = time_ticks(int(times.low), int(times.high))
    left, right, bottom = times.start - _MARGIN, times.end + _MARGIN, numbers.start
    x = coordinate(left), coordinate(right)
    grid = (f"M{x[0]} {coordinate(numbers.place(at))}H{x[1]}" for at, _ in upward)
    ticks = (f"M{coordinate(times.place(at))} {coordinate(bottom)}v5" for at, _ in across)
    yield path("grid", "".join(grid))
    yield path("axis", f"M{x[0]} {coordinate(bottom)}H{x[1]}{''.join(ticks)}")
    for figure, words in upward:
        yield label(left - 6, numbers.place(figure) + 4, words, "end")
    for at, words in across:
        # The last label must not overflow the chart.
        center = min(times.place(at), right + 4 - text_width(words) / 2)
        yield label(center, bottom + 18, words, "middle")
    yield label(_MARGIN, numbers.end - 12, shortened(unit, times.end / 2))
