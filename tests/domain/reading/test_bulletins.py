"""Ten bulletins, exactly: every claim that they make, every number that is none, and why."""

import pytest

from domain.reading.reading import read
from tests.domain.reading.bulletin import Bulletin, bulletins, lines
from tests.domain.reading.ground import KNOWN


def test_there_are_ten() -> None:
    assert len(bulletins()) == 10


@pytest.mark.parametrize("bulletin", bulletins(), ids=lambda each: each.name)
def test_what_is_read(bulletin: Bulletin) -> None:
    assert list(lines(read(bulletin.text, bulletin.published, KNOWN))) == bulletin.expected


@pytest.mark.parametrize("bulletin", bulletins(), ids=lambda each: each.name)
def test_without_a_day_of_publication_no_relative_date_is_guessed(bulletin: Bulletin) -> None:
    for made in read(bulletin.text, None, KNOWN).proposals:
        assert made.period is None or made.period.strip("./~")[:4] in bulletin.text
