"""A badge: well-formed, its texts within it, its colours told apart, and all of it said to the ear."""

from dataclasses import replace
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.parameters import NARROWEST, WIDEST
from service.web.elsewhere.badge import COLOURS, LEVELS, Kind, badge, problem_badge
from service.web.elsewhere.metrics import lines_of, shortened, text_width
from service.web.elsewhere.shown import Revised, Shown

NAME = "{http://www.w3.org/2000/svg}"
TEXTS = st.text(min_size=1, max_size=90)
WIDTHS = st.none() | st.integers(NARROWEST, WIDEST)
GIVEN = Shown(
    indicator="killed",
    heading="Soldiers killed, cohort east",
    said="≥ 3,000",
    behind="",
    unit="persons",
    period="../2025-09-02",
    beside=(),
    cutoff="2025-09-02",
    level="single",
    origins="1 origin",
    marking="TLP:AMBER",
    flags=2,
    policy="envelope/1",
    position=42,
    as_of="2025-10-01",
    pinned=False,
    revised=Revised("2025-01-13", "≥ 1,000"),
)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def lines(svg: str) -> list[str]:
    return [each.text or "" for each in drawn(svg).iter(f"{NAME}text")]


def is_within(svg: str) -> bool:
    """Whether each text stays in the box behind it, and each box in the picture."""
    root = drawn(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for group in root.iter(f"{NAME}g"):
        box = group.find(f"{NAME}rect")
        if box is None:
            continue
        left, top, wide, high = (float(box.attrib[each]) for each in ("x", "y", "width", "height"))
        if left < 0 or left + wide > width + 0.11 or top + high > height:
            return False
        for text in group.iter(f"{NAME}text"):
            x, y, size, length = (
                float(text.attrib[each]) for each in ("x", "y", "font-size", "textLength")
            )
            if x < left or x + length > left + wide or y > top + high or y - size < top - 2:
                return False
    return True


def test_a_badge_says_the_figure_with_its_bound_the_date_the_origins_and_what_it_was() -> None:
    assert lines(badge(GIVEN)) == [
        "Soldiers killed, cohort east",
        "≥ 3,000 persons",
        "TLP:AMBER",
        "to 2025-09-02 · single, 1 origin",
        "revised since 2025-01-13: was ≥ 1,000",
    ]
    root = drawn(badge(GIVEN))
    assert root.attrib["role"] == "img" and root.attrib["aria-labelledby"] == "title desc"
    assert root.findtext(f"{NAME}title") == "Soldiers killed, cohort east: ≥ 3,000 persons"
    assert root.findtext(f"{NAME}desc") == (
        "Soldiers killed, cohort east: ≥ 3,000 persons. Support: single, 1 origin. Information up to "
        "2025-09-02. Revised since 2025-01-13: was ≥ 1,000. TLP:AMBER. As of 2025-10-01, position 42."
    )


def test_a_badge_200_px_wide_breaks_its_lines_and_says_as_of_when() -> None:
    assert drawn(badge(GIVEN, 200)).attrib["width"] == "200"
    assert [each.replace("\u00a0", " ") for each in lines(badge(GIVEN, 200))] == [
        "Soldiers killed, cohort east",
        "≥ 3,000 persons",
        "TLP:AMBER",
        "to 2025-09-02 · single,",
        "1 origin",
        "as of 2025-10-01, position 42",
        "revised since 2025-01-13:",
        "was ≥ 1,000",
    ]


@given(TEXTS, TEXTS, TEXTS, WIDTHS, st.sampled_from([*LEVELS, ""]), st.booleans())
def test_any_text_makes_a_badge_that_is_xml_and_fits(
    title: str, unit: str, detail: str, width: int | None, level: str, pinned: bool
) -> None:
    made = replace(GIVEN, heading=title, unit=unit, level=level, pinned=pinned)
    assert is_within(badge(made, width))
    assert is_within(problem_badge(title, detail, width))


@given(TEXTS, st.integers(60, 400), st.booleans())
def test_lines_fit_and_lose_nothing(text: str, most: int, bold: bool) -> None:
    found = lines_of(text, most, 12, bold=bold)
    assert all(text_width(line, 12, bold=bold) <= most for line in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert text_width(shortened(text, most, 12), 12) <= most


def test_a_text_that_is_too_long_for_one_line_ends_in_an_ellipsis() -> None:
    long = problem_badge("Not found", "nothing " * 40)
    assert lines(long)[-1].endswith("…") and "nothing " * 39 in (
        drawn(long).findtext(f"{NAME}desc") or ""
    )
    assert not lines(problem_badge("Not found", "nothing"))[-1].endswith("…")


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("mode", [0, 1])
def test_every_text_is_told_from_its_ground_in_light_and_dark(mode: int) -> None:
    assert set(COLOURS) == set(get_args(Kind))
    for kind, both in COLOURS.items():
        low, high = sorted(map(luminance, both[mode]))
        assert (high + 0.05) / (low + 0.05) >= 4.5, kind
