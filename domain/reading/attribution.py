"""Who says what a sentence says: the phrases that name a speaker."""

from collections.abc import Collection
from dataclasses import dataclass

from domain.reading.tokens import Tokens, is_name, lower_at, text_at
from domain.reading.word_lists import words

_SAID = words(
    "said says say told tells reported reports estimated estimates announced announces "
    "claimed claims confirmed confirms stated added adds warned warns believes believe "
    "assessed assesses noted notes acknowledged admitted wrote writes insisted revealed "
    "reveals disclosed predicted predicts recorded condemned condemns denied denies echoed "
    "accused called calls urged raised voiced expressed declared found counted put expects "
    "forecast forecasts projected projects suggested argued explained"
)
_DENIED = words("denied denies")
_NOUNS_TOO = words("reports claims estimates notes forecasts calls projects forecast")
"""Verbs that are nouns as well: read as verbs only where an `of` or the like does not follow."""
_WEAK = words("put raised called calls found expects counted recorded projected projects")
"""Verbs that also do something else: read as speech only behind a name or an office."""
_HELPING = words(
    "has have had also earlier later recently repeatedly since already now publicly again has"
)
_BEING = words("is are was were be been being am not to")
_PRONOUNS = words("he she it they")
OFFICES = words(
    "official officials ministry minister ministers police service services government "
    "spokesman spokeswoman spokesperson spokespeople army military authorities authority "
    "agency agencies department president command commander commission committee council "
    "union hospital hospitals doctors medics rescuers report study analysts analyst experts "
    "researchers scientists sources source witnesses residents media newspaper broadcaster "
    "office bureau institute organisation organization group company bank firm investigators "
    "prosecutors lawmaker lawmakers governor mayor secretary director head chief general "
    "centre center team state states intelligence nations un staff forces survey census court "
    "parliament embassy network channel statement data figures"
)
_CLOSING = frozenset(',;:—\u2013“”"()[]')
_STOPS = words(
    "published released issued seen obtained show shows showed suggest suggests indicate that "
    "which who whom when where while but because although as if and on in at after before"
)
_AT = words("in at from")
_CITING = words("citing quoting cites cited")
_FROM = words("data figures estimates numbers statistics information intelligence report reports")
_LONGEST = 12
_NAMES = 3
"""Tokens before a comma among which a name makes what follows its apposition."""
_LEFT, _RIGHT = -1, 1


@dataclass(frozen=True, slots=True)
class Saying:
    """A phrase that names who speaks: the tokens of the name, those of the whole, and what kind it is.

    A `pronoun` stands for whoever spoke last; `denies` where the verb does; `weak` where it may mean
    something else.
    """

    name: tuple[int, int]
    first: int
    after: int
    how: str
    pronoun: bool = False
    denies: bool = False
    weak: bool = False


def sayings_of(tokens: Tokens, dated: Collection[int] = ()) -> list[Saying]:
    """Every phrase of a sentence that names a speaker, the most telling kind first.

    One who is cited by another is the one who says it. `dated` are the tokens of dates.
    """
    cited, named = list[Saying](), list[Saying]()
    for i in range(len(tokens)):
        one = _prefixed(tokens, i, dated)
        if one is not None:
            cited.append(one)
            continue
        one = _verb(tokens, i, dated)
        if one is not None and not any(each.first <= one.first < each.after for each in cited):
            named.append(one)
    return [*cited, *named]


def is_hearsay(tokens: Tokens) -> bool:
    """Whether a sentence says that it passes on what it says, and not from whom."""
    words = {token.lower for token in tokens}
    return bool(words & {"reportedly", "allegedly", "purportedly", "supposedly"})


def name_text(tokens: Tokens, span: tuple[int, int], text: str) -> str:
    """The words of a name as they stand in the text, on one line."""
    return " ".join(text[tokens[span[0]].start : tokens[span[1] - 1].end].split())


def _prefixed(tokens: Tokens, i: int, dated: Collection[int]) -> Saying | None:
    """`according to X`, `citing X`, `figures from X`."""
    word, following = lower_at(tokens, i), lower_at(tokens, i + 1)
    begins = i
    if word == "according" and following == "to":
        begins = i + 2
    elif word in _CITING and lower_at(tokens, i - 1) not in _BEING:
        begins = i + 1
    elif word in _FROM and following in ("from", "by"):
        begins = i + 2
    if begins == i:
        return None
    after = _end_of_name(tokens, begins, dated)
    if after == begins or not _is_somebody(tokens, begins, after):
        return None
    pronoun = after == begins + 1 and lower_at(tokens, begins) in ("him", "her", "them", "it")
    how = "according to" if word == "according" else f"{word} {following}" if word in _FROM else word
    return Saying(_stripped(tokens, begins, after), i, after, how, pronoun)


def _verb(tokens: Tokens, i: int, dated: Collection[int]) -> Saying | None:
    """`X said`, `X has condemned`, `said X`."""
    verb = lower_at(tokens, i)
    if verb not in _SAID or lower_at(tokens, i - 1) in _BEING:
        return None
    if verb in _NOUNS_TOO and lower_at(tokens, i + 1) in (
        "of",
        "for",
        "by",
        "from",
        "about",
        "that",
        "on",
    ):
        return None
    at = i
    while at > 0 and (
        lower_at(tokens, at - 1) in _HELPING or at - 1 in dated or _is_on(tokens, at, dated)
    ):
        at -= 1
    found = _subject(tokens, at, dated) or _inverted(tokens, i, dated)
    if found is None:
        return None
    first, after = found
    pronoun = after == first + 1 and lower_at(tokens, first) in _PRONOUNS
    if not pronoun and not _is_somebody(tokens, first, after):
        return None
    if verb in _WEAK and not pronoun and not _is_weighty(tokens, first, after):
        return None
    span = _stripped(tokens, first, after)
    return Saying(span, min(first, i), max(after, i + 1), verb, pronoun, verb in _DENIED, verb in _WEAK)


def _is_on(tokens: Tokens, at: int, dated: Collection[int]) -> bool:
    return lower_at(tokens, at - 1) == "on" and at in dated


def _subject(tokens: Tokens, at: int, dated: Collection[int]) -> tuple[int, int] | None:
    """The words before a verb that name who does it, or those before what is put between commas."""
    if text_at(tokens, at - 1) == ",":
        comma = next(
            (j for j in range(at - 2, max(-1, at - 2 - _LONGEST), -1) if tokens[j].text == ","), -1
        )
        if comma <= 0 or not any(map(is_name, tokens[max(0, comma - _NAMES) : comma])):
            return None
        at = comma
    first = at
    while first > 0 and at - first < _LONGEST and not _ends_name(tokens, first - 1, dated, _LEFT):
        first -= 1
    return (first, at) if first < at else None


def _inverted(tokens: Tokens, i: int, dated: Collection[int]) -> tuple[int, int] | None:
    before, following = text_at(tokens, i - 1), i + 1
    if before not in (",", "”", '"', "\u2019") or following >= len(tokens):
        return None
    after = _end_of_name(tokens, following, dated)
    capital = is_name(tokens[following]) or lower_at(tokens, following) in ("the", "a", "an")
    return (following, after) if capital and after > following else None


def _end_of_name(tokens: Tokens, first: int, dated: Collection[int]) -> int:
    after = first
    while after < len(tokens) and after - first < _LONGEST:
        if text_at(tokens, after) == "(" and text_at(tokens, after + 2) == ")":
            after += 3  # the short form of the name
            continue
        if _ends_name(tokens, after, dated, _RIGHT):
            break
        after += 1
    return after


def _ends_name(tokens: Tokens, i: int, dated: Collection[int], way: int) -> bool:
    token = tokens[i]
    if i in dated or token.text in _CLOSING or token.kind in ("number", "address"):
        return token.text not in ("(", ")") or not _is_short_form(tokens, i)
    if token.text in ".!?…":
        return text_at(tokens, i - 1) not in ("St", "Gen", "Dr", "Mr", "Mrs", "Lt", "Col")
    if token.lower in ("of", "for", "the"):
        return False
    if way == _LEFT and token.lower in _AT and lower_at(tokens, i - 1) in OFFICES:
        return False  # police in Nairobi said
    if token.lower in _STOPS:
        return token.lower != "and" or not (
            i + 1 < len(tokens) and is_name(tokens[i + 1]) and is_name(tokens[i - 1]) and way == _RIGHT
        )
    return token.lower in _SAID and not is_name(token)


def _is_short_form(tokens: Tokens, i: int) -> bool:
    inside = i + 1 if tokens[i].text == "(" else i - 1
    return text_at(tokens, inside).isupper() and len(text_at(tokens, inside)) > 1


def _is_somebody(tokens: Tokens, first: int, after: int) -> bool:
    words = tokens[first:after]
    if any(
        is_name(token) and not (i + first == 0 and token.lower in _DETERMINERS)
        for i, token in enumerate(words)
    ):
        return not _is_verbal(tokens, first, after)
    return any(token.lower in OFFICES for token in words) or (
        first + 1 == after and (words[0].lower in ("him", "her", "them"))
    )


_DETERMINERS = words("the a an this that these those some many most several it they he she we")
_FINITE = words("is are was were has have had will would can could may might must did does do been")


def _is_verbal(tokens: Tokens, first: int, after: int) -> bool:
    """Whether a verb stands among the words: then they are a clause and no name."""
    return any(token.lower in _FINITE for token in tokens[first:after])


def _is_weighty(tokens: Tokens, first: int, after: int) -> bool:
    words = tokens[first:after]
    return (
        all(map(is_name, words))
        or any(token.lower in OFFICES for token in words)
        or (sum(map(is_name, words)) > 0 and first == 0)
    )


def _stripped(tokens: Tokens, first: int, after: int) -> tuple[int, int]:
    """A name without the article before it and without what has no word in it behind it."""
    while after - first > 1 and lower_at(tokens, first) in (
        "the",
        "a",
        "an",
        "its",
        "and",
        "but",
        "later",
    ):
        first += 1
    while after - first > 1 and tokens[after - 1].kind == "mark" and tokens[after - 1].text != ")":
        after -= 1
    return first, after
