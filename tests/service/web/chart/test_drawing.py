"""The revision chart: what stands where in the SVG, read back with an XML parser."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unicodedata import category
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import parse_instant, to_micros
from service.web.chart.drawing import draw
from service.web.chart.picture import ClaimPoint, Picture, Step, legend
from service.web.chart.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, time_scale
from service.web.chart.points import MOST_POINTS
from service.web.chart.scale import number_range
from service.web.chart.style import STYLE
from service.web.chart.svg import text_width
from service.web.chart.ticks import number_ticks, time_ticks

Point = tuple[float, float]
SVG = "{http://www.w3.org/2000/svg}"
HOUR = 3_600_000_000


def on(text: str) -> int:
    """A moment in microseconds."""
    return to_micros(parse_instant(text))


START, END = on("2025-01-01"), on("2025-12-31")


def step(at: int | str, best: float | None, **more: Any) -> Step:
    """The figure from a moment on: its best alone, unless more is given."""
    bare = Step(on(at) if isinstance(at, str) else at, best, None, None, False, False)
    return replace(bare, **more)


def point(at: int | str, best: float | None, originator: str = "nis", **more: Any) -> ClaimPoint:
    """A claim, used, of an originator."""
    moment = on(at) if isinstance(at, str) else at
    bare = ClaimPoint(moment, None, best, None, False, False, originator, "used", "a claim", None)
    return replace(bare, **more)


def picture(*steps: Step, **more: Any) -> Picture:
    """A picture of the year 2025."""
    return replace(Picture(steps, (), (), START, END, "Killed", "people"), **more)


def drawn(of: Picture, *, standalone: bool = False) -> Element:
    return ElementTree.fromstring(draw(of, standalone=standalone))


def at_the_right(found: list[list[Point]]) -> list[float]:
    """How high lines end at the right edge, from the lowest."""
    return sorted({y for line in found for x, y in line if x == RIGHT}, reverse=True)


def classed(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def words(root: Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def lines(root: Element, name: str) -> list[list[Point]]:
    """The corners of each unbroken line of the paths of a class, of what depends on time."""
    (seen,) = (each for each in root.iter(f"{SVG}g") if each.get("clip-path") == "url(#seen)")
    found = list[list[Point]]()
    for each in classed(seen, name):
        x = y = 0.0
        for command, numbers in re.findall(r"([MLHV])([^A-Za-z]*)", each.get("d", "")):
            first, *second = (float(number) for number in numbers.split())
            x = x if command == "V" else first
            y = second[0] if second else first if command == "V" else y
            if command == "M":
                found.append([])
            found[-1].append((x, y))
    return found


def heights(root: Element, figures: Sequence[float]) -> list[float]:
    """Where figures stand, as told by the labels of the axis and a straight line through them."""
    labels = [each for each in root.iter(f"{SVG}text") if each.get("text-anchor") == "end"]
    (low, at_low), (high, at_high) = (
        (float((each.text or "").replace(",", "")), float(each.get("y", "")) - 4)
        for each in (labels[0], labels[-1])
    )
    return [at_low + (figure - low) / (high - low) * (at_high - at_low) for figure in figures]


def place(of: Element) -> Point:
    """Where the shape of a point stands."""
    moved = re.match(r"translate\((\S+) (\S+)\)", classed(of, "shape")[0].get("transform", ""))
    assert moved
    return float(moved[1]), float(moved[2])


near = pytest.approx


def about(*places: float) -> Any:
    """Places of the picture, which is written to a tenth of a unit."""
    return near(places, abs=0.2)


# Any picture

figures = st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | st.just(0)
letters = st.characters(exclude_categories=["Cs", "Cn"])
texts = st.text(letters, max_size=12) | st.sampled_from(
    ["<b>&\"'", "\x00\x1b[31m\ud800\ufffe", "]]>", "東京"]
)
spans = st.tuples(
    st.integers(on("0001-01-01"), on("9999-12-31")),
    st.sampled_from([0, 1, 10**6, HOUR, 10**14, 10**17]),
).map(lambda span: (span[0], min(span[0] + span[1], on("9999-12-31"))))
kinds = st.sampled_from(["used", "superseded", "relay", "excluded"])


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Steps and points in and around any span of time."""
    start, end = draw(spans)
    moments = st.integers(start - HOUR, end + HOUR) | st.sampled_from([start, end])
    opens = st.booleans()
    steps = st.lists(st.builds(Step, moments, figures, figures, figures, opens, opens), max_size=5)
    ordered = steps.map(lambda each: sorted(each, key=lambda step: step.at))
    points = st.builds(
        ClaimPoint,
        moments,
        figures,
        figures,
        figures,
        opens,
        opens,
        texts,
        kinds,
        texts,
        st.none() | texts,
    )
    claims = st.lists(points, max_size=5)
    span = (st.just(start), st.just(end))
    return draw(st.builds(Picture, ordered, ordered, claims, *span, texts, texts, st.none() | moments))


@given(pictures())
def test_any_picture_is_well_formed_and_within_its_frame(of: Picture) -> None:
    for standalone in (False, True):
        root = drawn(of, standalone=standalone)
        corners = [
            corner
            for name in ("best", "band", "bound")
            for line in lines(root, name)
            for corner in line
        ]
        corners += [place(each) for each in classed(root, "point")]
        assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in corners)
        assert root.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
        assert not [each for each in root.iter() if "style" in each.attrib]
        assert len(list(root.iter(f"{SVG}style"))) == standalone
        assert draw(of, standalone=standalone) == draw(replace(of), standalone=standalone)


@given(texts)
def test_text_is_shown_as_it_is_without_what_xml_forbids(text: str) -> None:
    root = drawn(picture(points=[point(START, 1, label=text, href=f"/reports/{text}")], title=text))
    titles = [root.find(f"{SVG}title"), classed(root, "point")[0].find(f"{SVG}title")]
    shown = "".join(c for c in text if category(c) not in ("Cc", "Cs", "Cn") or c in "\t\n")
    assert [title.text or "" for title in titles if title is not None] == [shown, shown]


# Time


@given(spans, st.lists(st.fractions(-1, 2), min_size=3, max_size=3))
def test_time_runs_straight_from_left_to_right(span: tuple[int, int], shares: list[Any]) -> None:
    start, end = span
    of = picture(start=start, end=end)
    moments = sorted(start + round((end - start) * share) for share in shares)
    places = [time_scale(of).place(at) for at in moments]
    assert places == sorted(places)
    assert all(LEFT <= x <= RIGHT for x in places)
    for at, x in zip(moments, places, strict=True):
        if start <= at <= end and start < end:
            assert x == near(LEFT + (at - start) / (end - start) * (RIGHT - LEFT))


def test_a_span_of_one_moment_is_shown_as_the_day_around_it() -> None:
    for end in (START, START - HOUR):
        of = picture(start=START, end=end)
        assert [time_scale(of).place(START + n * 12 * HOUR) for n in (-1, 0, 1)] == [
            LEFT,
            (LEFT + RIGHT) / 2,
            RIGHT,
        ]


def test_a_script_finds_the_scale_of_time_on_the_picture() -> None:
    root = drawn(picture())
    found = [root.get(f"data-{name}") for name in ("start", "end", "left", "right")]
    assert found == [str(each) for each in (START, END, LEFT, RIGHT)]
    assert (time_scale(picture()).place(START), time_scale(picture()).place(END)) == (LEFT, RIGHT)


@given(st.integers(START - HOUR, END + HOUR))
def test_nothing_is_seen_after_now(now: int) -> None:
    of = picture(step("2025-02-01", 3), points=[point("2025-02-01", 3)], now=now)
    root = drawn(of)
    (clip,), (cursor,) = classed(root, "seen"), classed(root, "cursor")
    assert float(clip.get("x", "")) == 0
    assert float(clip.get("width", "")) == near(time_scale(of).place(now), abs=0.05)
    assert cursor.get("x1") == cursor.get("x2") == clip.get("width")
    assert cursor.get("visibility") is None
    # Only lines are clipped; a point is there as a whole or not at all.
    (seen,) = (each for each in root.iter() if each.get("clip-path"))
    assert {each.get("class") for each in seen} == {"best"}
    assert cursor not in list(seen.iter())
    (only,) = classed(root, "point")
    assert only.get("visibility") == ("hidden" if on("2025-02-01") > now else None)


def test_all_is_seen_without_now() -> None:
    root = drawn(picture(step("2025-02-01", 3)))
    assert [classed(root, "seen")[0].get(name) for name in ("width", "height")] == [
        f"{WIDTH}",
        f"{HEIGHT}",
    ]
    assert classed(root, "cursor")[0].get("visibility") == "hidden"


# The estimate

MARCH, JUNE, SEPTEMBER = (
    round(time_scale(picture()).place(on(at)), 1) for at in ("2025-03-01", "2025-06-01", "2025-09-01")
)


days = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 7999)), unique_by=lambda day: day[0])


@given(days)
def test_the_line_passes_through_each_best_at_its_time(story: list[tuple[int, int]]) -> None:
    of = picture(*(step(START + day * 9 * HOUR, best) for day, best in sorted(story)), step(END, 8000))
    root = drawn(replace(of, points=[point(START, 0)]))
    (line,) = lines(root, "best")
    levels = [(a, b) for a, b in pairwise(line) if a[1] == b[1]]
    wanted = heights(root, [each.best or 0 for each in of.steps])
    for each, after, y in zip(of.steps, of.steps[1:], wanted, strict=False):
        x, until = time_scale(of).place(each.at), time_scale(of).place(after.at)
        assert any(
            a[0] <= x + 0.1 and until - 0.1 <= b[0] and a[1] == near(y, abs=0.2) for a, b in levels
        )
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line)), "a step line has no slopes"
    assert line[-1] == near((RIGHT, wanted[-1]), abs=0.2)


def test_only_the_span_is_drawn_from_the_figure_that_holds_as_it_begins() -> None:
    years = (step("2023-05-01", 900), step("2024-05-01", 300), step("2025-06-01", 500))
    root = drawn(picture(*years, step("2026-05-01", 100), compared=[step("2026-05-01", 200)]))
    before, since = heights(root, [300, 500])
    (line,) = lines(root, "best")
    assert line == [
        about(*at) for at in ((LEFT, before), (JUNE, before), (JUNE, since), (RIGHT, since))
    ]
    assert not lines(root, "compared")


def test_a_figure_that_becomes_unknown_leaves_a_gap_in_line_and_band() -> None:
    of = picture(
        step("2025-03-01", 500, low=400, high=700),
        step("2025-06-01", None),
        step("2025-09-01", 500, low=400, high=500),
    )
    root = drawn(of)
    low, best, high = heights(root, [400, 500, 700])
    assert lines(root, "best") == [
        [about(MARCH, best), about(JUNE, best)],
        [about(SEPTEMBER, best), about(RIGHT, best)],
    ]
    first, second = lines(root, "band")
    assert [{x for x, _ in band} for band in (first, second)] == [{MARCH, JUNE}, {SEPTEMBER, RIGHT}]
    assert sorted({y for _, y in first}) == about(high, low)
    assert sorted({y for _, y in second}) == about(best, low)
    assert all(each.get("d", "").endswith("Z") for each in classed(root, "band"))
    assert not classed(root, "open")


OPEN = [
    # A figure, the edges that it draws, and the sides on which it fades away.
    (step("2025-03-01", None, low=3000, open_high=True), [3000], ["fade-up"]),
    (step("2025-03-01", None, high=3000, open_low=True), [3000], ["fade-down"]),
    (step("2025-03-01", 2000, low=1000, open_high=True), [1000], ["fade-up"]),
    (step("2025-03-01", 2000, high=3000, open_low=True), [3000], ["fade-down"]),
    (step("2025-03-01", 2000, open_low=True, open_high=True), [], ["fade-up", "fade-down"]),
    (step("2025-03-01", None, low=1000, high=3000, open_high=True), [1000], ["fade-up"]),
    (step("2025-03-01", 2000, low=1000, high=3000, open_low=True), [3000], ["fade-down"]),
    (step("2025-03-01", None, low=1000, high=3000), [1000, 3000], []),
    (step("2025-03-01", None, open_low=True, open_high=True), [], ["fade-up", "fade-down"]),
]


@pytest.mark.parametrize(("given", "edges", "fading"), OPEN)
def test_an_open_side_fades_away_and_has_no_edge(
    given: Step, edges: list[int], fading: list[str]
) -> None:
    root = drawn(picture(step(START, 0, low=0, high=4000), given))
    figures = [figure for figure in (given.low, given.best, given.high) if figure is not None]
    ends = {min(figures), max(figures)} if len(set(figures)) > 1 else set()

    assert at_the_right(lines(root, "bound")) == about(*heights(root, edges))
    assert at_the_right(lines(root, "band")) == about(*heights(root, sorted(ends)))
    assert [each.get("fill") for each in classed(root, "open")] == [f"url(#{name})" for name in fading]
    for side in classed(root, "open"):
        up = side.get("fill") == "url(#fade-up)"
        (nearest,) = (
            heights(root, [max(figures) if up else min(figures)])
            if figures
            else [BOTTOM if up else TOP]
        )
        ((left, y, right, edge, _),) = (re.findall(r"[0-9.]+", box.get("d", "")) for box in side)
        assert [float(left), float(right), float(edge)] == [MARCH, RIGHT, TOP if up else BOTTOM]
        assert float(y) == near(nearest, abs=0.2)
    assert {each.get("stop-opacity") for each in root.iter() if each.get("offset") == "1"} == {"0"}


def test_neighbours_with_the_same_open_bound_fade_as_one() -> None:
    ever = {"low": 300, "open_high": True}
    root = drawn(
        picture(step(START, 500, **ever), step("2025-03-01", 500, **ever), step("2025-06-01", 500))
    )
    assert [len(side) for side in classed(root, "open")] == [1]


def test_what_the_latest_publication_says_is_a_dashed_line() -> None:
    latest = [
        step("2025-03-01", 2000),
        step("2025-06-01", None, low=600, high=900),
        step("2025-09-01", None, high=300),
    ]
    root = drawn(picture(step("2025-03-01", 2000), compared=latest))
    (line,) = lines(root, "compared")
    first, second, third = heights(root, [2000, 600, 300])
    assert line[0] == about(MARCH, first)
    assert about(JUNE, second) in line and about(SEPTEMBER, second) in line
    assert line[-1] == about(RIGHT, third)
    assert classed(root, "compared")[0].get("stroke-dasharray")


def test_no_figure_yet() -> None:
    for of in (picture(), picture(step(START, None), points=[point(START, None)])):
        root = drawn(of)
        assert "no figure yet" in words(root)
        assert classed(root, "axis")
    assert "no figure yet" not in words(drawn(picture(step(START, 0))))


# Marks

ONE = point("2025-06-01", 500, href="/reports/a?b&c", label="NIS: 500 (a/1)")


def test_a_mark_stands_at_its_time_and_leads_to_its_report() -> None:
    root = drawn(picture(points=[ONE, point("2025-09-01", None, "gur", low=400, high=800)]))
    first, second = classed(root, "point")
    assert (first.get("class"), first.get("data-at")) == ("point o1 used", str(ONE.at))
    assert second.get("class") == "point o0 used"
    assert place(first) == about(JUNE, *heights(root, [500]))
    assert place(second) == about(SEPTEMBER, *heights(root, [600]))
    (link,) = root.iter(f"{SVG}a")
    assert link.get("href") == ONE.href
    assert list(link) == [first]
    assert [each.text for each in first.iter(f"{SVG}title")] == [ONE.label]


@pytest.mark.parametrize(
    ("given", "least", "largest", "arrows"),
    [
        (point(START, 500, low=400, high=700), 400, 700, []),
        (point(START, 500, low=400), 400, 500, []),
        (point(START, None, low=400, open_high=True), 400, None, ["up"]),
        (point(START, None, high=400, open_low=True), None, 400, ["down"]),
        (point(START, 500, low=400, open_high=True), 400, None, ["up"]),
        (point(START, 500, open_low=True, open_high=True), None, None, ["up", "down"]),
    ],
)
def test_a_whisker_ends_at_a_bound_or_in_an_arrow(
    given: ClaimPoint, least: int | None, largest: int | None, arrows: list[str]
) -> None:
    root = drawn(picture(points=[given, point(END, 2000)]))
    path = classed(classed(root, "point")[0], "whisker")[0].get("d", "")
    top, bottom = (float(y) for y in re.findall(r"[0-9.]+", path)[1:3])
    figures = [figure for figure in (given.low, given.best, given.high) if figure is not None]
    highest, lowest = heights(root, [max(figures), min(figures)])
    assert top == near(highest, abs=0.2) if largest else TOP <= top < highest - 5
    assert bottom == near(lowest, abs=0.2) if least else BOTTOM >= bottom > lowest + 5
    assert ["up" if head == "-4" else "down" for head in re.findall(r"l3 (-?4)l", path)] == arrows


def test_an_exact_mark_has_no_whisker() -> None:
    assert not classed(drawn(picture(points=[ONE])), "whisker")


@given(
    st.lists(st.tuples(kinds, st.sampled_from("abc")), max_size=20),
    st.sampled_from([START, ONE.at, END]),
)
def test_marks_of_one_moment_and_figure_stay_apart(who: list[tuple[Any, str]], at: int) -> None:
    of = picture(
        points=[point(at, 500, name, kind=kind, label=f"{n}") for n, (kind, name) in enumerate(who)]
    )
    places = [place(each) for each in classed(drawn(of), "point")]
    assert len(set(places)) == len(who)
    assert len({y for _, y in places}) <= 1
    assert all(LEFT <= x <= RIGHT and abs(x - time_scale(of).place(at)) <= 56.1 for x, _ in places)
    if used := [each for each in classed(drawn(of), "point") if "used" in each.get("class", "")]:
        assert place(used[-1])[0] == near(time_scale(of).place(at), abs=0.05), (
            "whoever is used keeps its place"
        )


@pytest.mark.parametrize("used", [0, 40, 150, 400])
def test_of_many_marks_those_used_are_kept_and_the_others_lie_evenly(used: int) -> None:
    moments = [START + (END - START) * n // 1000 for n in range(1000)]
    points = [
        point(
            at, 5, label=f"{n}", kind="used" if n * used // 1000 < (n + 1) * used // 1000 else "relay"
        )
        for n, at in enumerate(moments)
    ]
    root = drawn(picture(points=points))
    kept = classed(root, "point")
    assert len(kept) == MOST_POINTS
    assert len(classed(root, "used")) == min(used, MOST_POINTS)
    assert f"{MOST_POINTS} of 1,000 reports shown" in words(root)
    months = [(int(each.get("data-at", "")) - START) * 10 // (END - START) for each in kept]
    assert all(10 <= months.count(month) <= 20 for month in range(10))
    assert draw(picture(points=points)) == draw(picture(points=points[::-1]))


def test_a_burst_leaves_room_for_the_rest_of_the_time() -> None:
    early = [point(START + n, 5, kind="relay", label=f"{n}") for n in range(1000)]
    late = [point(ONE.at + n * 10**12, 5, kind="relay", label=f"late {n}") for n in range(10)]
    labels = {each.text for each in drawn(picture(points=[*early, *late])).iter(f"{SVG}title")}
    assert {f"late {n}" for n in range(10)} <= labels


def test_reports_without_a_figure_are_counted_as_not_shown() -> None:
    root = drawn(picture(points=[ONE, point(START, None), point(END + 1, 5)]))
    assert len(classed(root, "point")) == 1
    assert "1 of 3 reports shown" in words(root)
    assert not [each for each in words(drawn(picture(points=[ONE]))) if "shown" in each]


def test_the_legend_begins_with_who_says_most() -> None:
    points = [point(START, 1, f"source {n}") for n in range(12) for _ in range(3 + (n == 7))]
    own = [7, 0, 1, 10, 11, 2, 3, 4]
    pairs = legend(picture(points=points))
    assert pairs[:-1] == [(f"o{place}", f"source {n}") for place, n in enumerate(own)]
    assert pairs[-1] == ("rest", "4 others")
    assert legend(picture(points=points[: 9 * 3 + 1]))[-1] == ("rest", "source 8")
    assert legend(picture()) == []
    shown = {
        each.get("class", "").split()[1] for each in classed(drawn(picture(points=points)), "point")
    }
    assert shown == {name for name, _ in pairs}


# Thousands

LONG = [
    step(START + (END - START) * n // 5000, 500 + n * 7919 % 991, low=n % 400, high=1600 + n * 31 % 400)
    for n in range(5000)
]


def test_of_thousands_of_steps_the_extremes_remain() -> None:
    steps = [*LONG]
    steps[1234] = replace(steps[1234], best=3000)
    steps[1246] = replace(steps[1246], high=3500)
    steps[3210] = replace(steps[3210], best=-700)
    steps[3215] = replace(steps[3215], low=-900)
    of = picture(*steps)
    root = drawn(of)
    (line,) = lines(root, "best")
    assert len({x for x, _ in line}) <= 2 * (RIGHT - LEFT)
    (band,) = lines(root, "band")
    for corners, least, largest in ((line, -700, 3000), (band, -900, 3500)):
        lowest, highest = heights(root, [least, largest])
        assert max(y for _, y in corners) == near(lowest, abs=0.2)
        assert min(y for _, y in corners) == near(highest, abs=0.2)
    places = [(time_scale(of).place(each.at), each.best or 0) for each in of.steps]
    for column in range(LEFT, RIGHT, 10):
        bests = [best for x, best in places if column + 3 < x < column + 7]
        seen = [y for x, y in line if column <= x <= column + 10]
        lowest, highest = heights(root, [min(bests), max(bests)])
        assert min(seen) - 0.2 <= highest <= lowest <= max(seen) + 0.2


def test_the_last_of_many_steps_lasts() -> None:
    """Also where a time of quiet follows upon a burst."""
    burst = [step(START + n, 100 + n * 7919 % 991) for n in range(1000)]
    root = drawn(picture(*burst, step(ONE.at, 100)))
    (line,) = lines(root, "best")
    (level,) = heights(root, [burst[-1].best or 0])
    assert about(JUNE, level) in line


def test_thousands_stay_small() -> None:
    latest = [replace(each, best=(each.best or 0) * 2) for each in LONG]
    said = "National Intelligence Service, 2025-09-02: ~ 2,000 (nis-2025-09-02/1)"
    points = [
        point(
            each.at,
            each.best,
            f"source {n % 20}",
            low=0,
            open_high=True,
            label=said,
            href="/reports/nis",
        )
        for n, each in enumerate(LONG)
    ]
    of = picture(*(replace(each, open_high=True) for each in LONG), compared=latest, points=points)
    assert len(draw(of).encode()) < 150_000
    assert len(draw(of, standalone=True).encode()) < 150_000


# Colours and standing alone


def test_a_page_names_no_colour_and_its_stylesheet_knows_every_class() -> None:
    points = [point(START, 5, f"{n}", kind=kind) for n in range(9) for kind in ("used", "excluded")]
    of = picture(
        step(START, 5, low=1, open_high=True), compared=[step(START, 4)], points=points, now=END
    )
    svg = draw(of)
    assert not re.search(r"#[0-9a-f]{3}\b|#[0-9a-f]{6}|rgb|style|currentColor", svg)
    drawn_by_class = {name for each in drawn(of).iter() for name in each.get("class", "").split()}
    # What is drawn by its originator's class alone, or not drawn.
    assert {name for name in drawn_by_class if f".{name} " not in STYLE} == {"point", "seen", "open"}
    assert set(re.findall(r"var\((.*?)\)", STYLE)) == set(re.findall(r"(--[\w-]+):", STYLE))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 has it."""
    digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_every_colour_stands_out_against_its_ground(mode: int) -> None:
    colours = dict(re.findall(r"--chart-(\w+): #(\w+);", STYLE.split(":root")[mode + 1]))
    assert colours["ground"] == ("fff", "16181c")[mode]
    for name in colours.keys() - {"ground", "grid"}:
        dark, light = sorted(luminance(colour) for colour in (colours["ground"], colours[name]))
        assert (light + 0.05) / (dark + 0.05) >= (4.5 if name in ("ink", "quiet") else 3), name


def test_a_chart_can_stand_alone() -> None:
    of = picture(step(START, 5), points=[ONE, point(START, 5, "A & B", kind="relay")])
    root = drawn(of, standalone=True)
    assert {"Killed", "people", "our estimate", "nis", "A & B", "used", "relay"} <= set(words(root))
    assert "latest publication wins" not in words(root)
    assert (root.get("width"), root.get("height")) == (f"{WIDTH}", f"{HEIGHT}")
    (style,) = root.iter(f"{SVG}style")
    assert "var(" not in (style.text or ""), "word processors know no custom properties"
    assert "prefers-color-scheme: dark" in (style.text or "")


def test_long_names_are_cut_where_there_is_no_room() -> None:
    names = [f"{n} Office of the Spokesperson of the Ministry of Defence 東京" for n in range(8)]
    of = picture(
        points=[point(START, 5, name) for name in names], title="東" * 200, unit="people " * 99
    )
    root = drawn(of, standalone=True)
    cut = [each for each in words(root) if each.endswith("…")]
    assert len(cut) == 10
    assert all(text_width(each) < WIDTH for each in words(root))
    assert all(
        name.startswith(each[:-1]) and len(each) > 20
        for name, each in zip(names, cut[1:], strict=False)
    )
    assert {name for _, name in legend(of)} == set(names)


def test_a_chart_says_what_it_is_to_those_who_do_not_see_it() -> None:
    linked, plain = drawn(picture(points=[ONE])), drawn(picture(step(START, 5)))
    named = {each.get("id"): each.text for each in plain}
    assert plain.get("aria-labelledby", "").split() == ["chart-title", "chart-desc"]
    assert named["chart-title"] == "Killed"
    assert named["chart-desc"] == "Revisions: 1, reports: 0, 2025-01-01 to 2025-12-31"
    # An image may hold no links.
    assert (plain.get("role"), linked.get("role")) == ("img", "group")


# Axes


@pytest.mark.parametrize(
    ("figures", "then"),
    [
        ([0], "0 1"),
        ([3], "0 1 2 3"),
        ([2000], "0 500 1,000 1,500 2,000"),
        ([0.5], "0 0.2 0.4"),
        ([100, 12_000], "0 5k 10k"),
        ([1_200_000], "0 0.5M 1.0M"),
        ([1_150_000, 1_300_000], "1.15M 1.20M 1.25M 1.30M"),
        ([2**53 - 1], "0 5,000T 10,000T"),
        ([2**53 - 2, 2**53 - 1], "8,990T 9,000T 9,010T"),
        ([-50, 100], "-50 0 50 100"),
        ([-2000, -1000], "-2,000 -1,000 0"),
        ([200_000, 200_300], "199.6k 199.8k 200.0k 200.2k 200.4k"),
    ],
)
def test_figures_of_the_axis_are_round(figures: list[float], then: str) -> None:
    whole = all(float(figure).is_integer() for figure in figures)
    assert " ".join(text for _, text in number_ticks(*number_range(figures), whole=whole)) == then


@pytest.mark.parametrize(
    ("start", "end", "then"),
    [
        ("2022-01-01", "2025-06-30", "2022-01 2022-07 2023-01 2023-07 2024-01 2024-07 2025-01"),
        ("2024-12-20", "2025-12-01", "2025-01 2025-04 2025-07 2025-10"),
        (
            "2025-03-14",
            "2025-06-01",
            "2025-03-17 2025-03-31 2025-04-14 2025-04-28 2025-05-12 2025-05-26",
        ),
        ("2025-03-10", "2025-03-20", "2025-03-11 2025-03-13 2025-03-15 2025-03-17 2025-03-19"),
        ("2025-03-14T10:00:00Z", "2025-03-14T13:40:00Z", "2025-03-14 10:00 11:00 12:00 13:00"),
        ("2025-03-14T20:00:00Z", "2025-03-15T06:00:00Z", "21:00 2025-03-15 03:00 06:00"),
        ("2025-03-14T10:00:03Z", "2025-03-14T10:00:16Z", "2025-03-14 10:00:05 10:00:10 10:00:15"),
        ("2025-03-14T10:00:00.1Z", "2025-03-14T10:00:00.9Z", "2025-03-14 10:00:00"),
        ("2025-01-15", "2025-06-10", "2025-02 2025-03 2025-04 2025-05 2025-06"),
        ("2020-01-01", "2025-01-01", "2020 2021 2022 2023 2024 2025"),
        ("1950-06-25", "2025-06-25", "1960 1970 1980 1990 2000 2010 2020"),
        ("0001-01-01", "9999-12-31", "2000 4000 6000 8000"),
    ],
)
def test_moments_of_the_axis_are_whole(start: str, end: str, then: str) -> None:
    assert " ".join(text for _, text in time_ticks(on(start), on(end))) == then


@given(spans)
def test_labels_of_time_lie_within_the_picture_and_do_not_meet(span: tuple[int, int]) -> None:
    root = drawn(picture(start=span[0], end=span[1]))
    below = [each for each in root.iter(f"{SVG}text") if float(each.get("y", "")) > BOTTOM]
    assert below
    reach = [(float(each.get("x", "")), text_width(each.text or "") / 2) for each in below]
    assert reach[0][0] - reach[0][1] >= 0 and reach[-1][0] + reach[-1][1] <= WIDTH
    assert all(x + half < after - other for (x, half), (after, other) in pairwise(reach))


@given(st.lists(figures.filter(lambda figure: figure is not None), min_size=1))
def test_figures_of_the_axis_are_few_and_in_range(figures: list[float]) -> None:
    bottom, top = number_range(figures)
    assert bottom <= min(figures) and max(figures) < top
    ticks = number_ticks(bottom, top, whole=False)
    assert 2 <= len(ticks) <= 6
    assert all(bottom <= figure <= top for figure, _ in ticks)
    assert len({text for _, text in ticks}) == len(ticks)
    if min(figures) >= 0 and min(figures) <= 0.7 * max(figures):
        assert bottom == 0
