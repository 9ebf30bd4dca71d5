"""A text as sentences, list items and headlines, by their places in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from domain.reading.tokens import Token, Tokens, is_name, tokens_of
from domain.reading.word_lists import words

Form = Literal["sentence", "lead", "item", "heading"]

_ABBREVIATIONS = words(
    "mr mrs ms dr prof gen col lt capt sgt maj sen rep gov st no nos approx est vs etc inc "
    "ltd corp co jan feb mar apr jun jul aug sep sept oct nov dec ca fig art"
)
_ENDS = frozenset(".!?…")
_CLOSERS = frozenset("\"'”\u2019)]»")
_LISTED = re.compile(r"(?:[-\u2013—•*·‣▪◦]|\(?[0-9]{1,3}[.)]|\(?[a-z][.)])\s")
LONGEST = 200
"""Tokens of the longest sentence: what goes on for longer is cut there."""
_SHORT_LINE = 60
_FEW_WORDS = 3
_TITLED = 0.6


@dataclass(frozen=True, slots=True)
class Sentence:
    """Some tokens of a text that say one thing.

    A `lead` ends with a colon; the `item`s behind it go on with what it begins. A `heading` is a line
    without an end: a headline, a caption, a line of credits.
    """

    tokens: Tokens
    form: Form
    lead: int | None = None
    """The index of the sentence that an item goes on with."""
    opens: bool = False
    """Whether a paragraph begins with it."""

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.tokens[-1].end


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text in order."""
    found: list[Sentence] = []
    lead: int | None = None
    pieces = list(_pieces(text))
    for tokens in pieces:
        form = _form(tokens, text, listing=lead is not None, alone=len(pieces) == 1)
        opens = not found or text.count("\n", found[-1].end, tokens[0].start) > 1
        found.append(Sentence(tokens, form, lead if form == "item" else None, opens))
        if form == "lead":
            lead = len(found) - 1
        elif form != "item" or tokens[-1].text in _ENDS:
            lead = None
    return found


def _form(tokens: Tokens, text: str, *, listing: bool, alone: bool) -> Form:
    last = tokens[-1].text
    if last == ":":
        return "lead"
    line = text[tokens[0].start : tokens[0].start + 4]
    if listing and (_LISTED.match(line) or tokens[0].text[:1].islower() or tokens[0].kind == "number"):
        return "item"
    if _LISTED.match(line) and last not in _ENDS:
        return "item"
    if _ended(tokens):
        return "sentence"
    return "sentence" if alone and not is_titled(tokens) else "heading"


def _ended(tokens: Tokens) -> bool:
    at = len(tokens) - 1
    while at > 0 and tokens[at].text in _CLOSERS:
        at -= 1
    return tokens[at].text in _ENDS or tokens[at].text in (";", ",")


def is_titled(tokens: Tokens) -> bool:
    """Whether most of the longer words begin with a capital, as in a headline."""
    words = [token for token in tokens if token.kind == "word" and len(token.text) > _FEW_WORDS]
    return len(words) > _FEW_WORDS and sum(map(is_name, words)) > _TITLED * len(words)


def _pieces(text: str) -> Iterator[Tokens]:
    """The tokens of the text, cut where a sentence or a line ends."""
    piece: list[Token] = []
    for token in tokens_of(text):
        if piece and (len(piece) == LONGEST or _parted(text, piece, token)):
            yield piece
            piece = []
        piece.append(token)
    if piece:
        yield piece


def _parted(text: str, piece: Tokens, token: Token) -> bool:
    before = piece[-1]
    if before.end == token.start:
        return False
    gap = text[before.end : token.start]
    if "\n" in gap or "\r" in gap:
        return _line_ends(text, piece, token, gap)
    return _sentence_ends(piece, token)


def _line_ends(text: str, piece: Tokens, token: Token, gap: str) -> bool:
    if gap.replace("\r\n", "\n").count("\n") > 1 or piece[-1].text in ":;":
        return True
    if _LISTED.match(text, token.start) or piece[-1].text in _ENDS:
        return True
    line = piece[-1].end - text.rfind("\n", piece[0].start, piece[-1].end) - 1
    short = min(line, piece[-1].end - piece[0].start) < _SHORT_LINE
    return short and not token.text[0].islower() and piece[-1].text != ","


def _sentence_ends(piece: Tokens, token: Token) -> bool:
    at = len(piece) - 1
    while at > 0 and piece[at].text in _CLOSERS:
        at -= 1
    if piece[at].text not in _ENDS:
        return _initials_end(piece[-1], token)
    if token.text[0].islower() or token.text in ",;":
        return False
    if piece[at].text != "." or at == 0:
        return True
    if at == 1 and piece[0].kind == "number" and len(piece[0].text) < _FEW_WORDS:
        return False  # the number of an item in a list
    word = piece[at - 1]
    glued = word.end == piece[at].start and word.kind == "word"
    initial = len(word.text) == 1 and word.text.isupper()
    return not (glued and (initial or word.lower in _ABBREVIATIONS))


def _initials_end(last: Token, token: Token) -> bool:
    """`U.S.` and `p.m.` end a sentence only before what is likely to begin one."""
    return last.text.endswith(".") and last.kind == "word" and token.text in _OPENERS


_OPENERS = words(
    "The It He She They But And In On At This These Those A An However Meanwhile We According"
)
