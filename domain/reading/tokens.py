"""A text as tokens with their places: words, numbers, addresses, single characters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["address", "date", "clock", "version", "number", "word", "mark"]

# Every repetition is bounded or runs over one class of characters, so the time is linear.
# [0-9] and not \d, which would let in the digits of every other script.
_GAP = "[ \u00a0\u2009\u202f]"
_TOKEN = re.compile(
    rf"""
    (?P<address>
        (?:https?://|ftp://|www\.)[^\s<>"“”]+
      | [A-Za-z0-9._%+-]{{1,64}}@[A-Za-z0-9.-]{{1,255}}
      | [A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}}){{0,4}}
        \.(?:com|org|net|gov|mil|edu|int|info|io|ua|ru|uk|eu|kr|de|fr|cn|jp)\b(?:/[^\s<>"“”]*)?
      | (?<![\w/])/[A-Za-z]{{1,63}} (?:/[\w.-]{{1,63}}){{2,9}}
    )
  | (?P<date>
        [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt][0-9:.]{{4,15}}(?:[Zz]|[+-][0-9:]{{4,5}})?)?(?![0-9])
      | (?<![0-9.])[0-9]{{1,2}}(?P<between>[/.])[0-9]{{1,2}}(?P=between)[0-9]{{4}}(?![0-9]|\.[0-9])
      | (?<![0-9./])[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2}}(?![0-9./])
    )
  | (?P<clock> (?<![0-9.:])[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![0-9:]) )
  | (?P<number>
        [0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])(?:\.[0-9]+)?
      | (?<![0-9.,])[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+(?![0-9])
      | [0-9]{{1,3}}(?:\.[0-9]{{3}}){{2,5}}(?![0-9.])
      | (?<![0-9.,])[0-9]{{1,3}},[0-9]{{1,2}}(?![0-9,.])
    )
  | (?P<version> [0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{2,9}} )
  | (?P<digits> [0-9]+(?:\.[0-9]+)? )
  | (?P<word> (?:[A-Za-z]\.){{2,9}} | [^\W\d_]+ )
  | (?P<mark> \S )
    """,
    re.VERBOSE,
)
_KINDS: dict[str, Kind] = {
    "address": "address",
    "date": "date",
    "clock": "clock",
    "number": "number",
    "version": "version",
    "digits": "number",
    "word": "word",
    "mark": "mark",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text, by where it begins and ends in it."""

    text: str
    start: int
    end: int
    kind: Kind
    lower: str
    """The piece in lower case, by which words are compared."""


Tokens = Sequence[Token]


def tokens_of(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of a text, or of the part from `start` to `end`, with their places in the whole."""
    return list(map(_token, _TOKEN.finditer(text, start, len(text) if end is None else end)))


def _token(match: re.Match[str]) -> Token:
    text = match[0]
    return Token(text, match.start(), match.end(), _KINDS[match.lastgroup or "mark"], text.lower())


def touching(tokens: Tokens, i: int) -> bool:
    """Whether token i begins where the one before it ends."""
    return 0 < i < len(tokens) and tokens[i - 1].end == tokens[i].start


def lower_at(tokens: Tokens, i: int) -> str:
    """Token i in lower case; nothing beyond either end."""
    return tokens[i].lower if 0 <= i < len(tokens) else ""


def text_at(tokens: Tokens, i: int) -> str:
    """Token i as it is written; nothing beyond either end."""
    return tokens[i].text if 0 <= i < len(tokens) else ""


def is_name(token: Token) -> bool:
    """Whether a token is a word that begins with a capital."""
    return token.kind == "word" and token.text[0].isupper()
