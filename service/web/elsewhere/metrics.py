"""How wide a text is and where its lines break, the same on every machine.

Widths are those of DejaVu Sans, one of the widest common fonts, in thousandths of the font's size. A
badge has its text drawn at exactly the width that is computed here, whatever font is at hand.
"""

from collections.abc import Iterator
from unicodedata import category, combining, east_asian_width, normalize

_PLAIN = (
    "318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 "
    "636 636 337 337 838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 "
    "603 787 695 635 611 732 684 989 685 611 685 390 337 390 838 500 500 613 635 550 635 615 352 635 "
    "634 278 278 579 278 974 634 612 635 635 411 521 392 634 592 818 592 592 525 636 337 636 838"
)
_WIDTHS = {chr(code): int(width) for code, width in enumerate(_PLAIN.split(), 32)}
_WIDTHS |= {"·": 318, "\N{EN DASH}": 500, "\u202f": 200, "\u2009": 200, "\u00a0": 318}
_WIDE, _UPPER, _OTHER = 1_000, 850, 720
_BOLD = 1.11
"""How much wider a bold text is."""


def _width(letter: str) -> int:
    """The width of one letter, in thousandths; an accent adds nothing to the letter below it."""
    known = _WIDTHS.get(letter) or _WIDTHS.get(normalize("NFD", letter)[0])
    if known is not None:
        return known
    if combining(letter) or category(letter) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    if east_asian_width(letter) in "WF" or letter in "…—":
        return _WIDE
    return _OTHER if letter.islower() else _UPPER


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in pixels, rounded up to a tenth, in a font of a size."""
    tenths = sum(map(_width, text)) * size * (_BOLD if bold else 1) / 100
    return -(-int(tenths * 1_000) // 1_000) / 10


def lines_of(text: str, most: float, size: float, *, bold: bool = False) -> list[str]:
    """A text in lines of at most `most` pixels, broken between words, and within one that is wider."""
    lines = [""]
    for piece in _pieces(text, most, size, bold):
        joined = f"{lines[-1]} {piece}" if lines[-1] else piece
        if text_width(joined, size, bold=bold) <= most:
            lines[-1] = joined
        else:
            lines.append(piece)
    return [line for line in lines if line]


def _pieces(text: str, most: float, size: float, bold: bool) -> Iterator[str]:
    """The words of a text, each cut into pieces that fit."""
    for word in text.split(" "):
        piece = ""
        for letter in word:
            if piece and text_width(piece + letter, size, bold=bold) > most:
                yield piece
                piece = ""
            piece += letter
        yield piece


def shortened(text: str, most: float, size: float) -> str:
    """A text that is at most so wide, cut with an ellipsis if it is wider."""
    if text_width(text, size) <= most:
        return text
    kept = text
    while kept and text_width(f"{kept}…", size) > most:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
