"""Numbers that are no figures: parts of names, of ordinals, of scores, of times; each with why."""

from domain.reading.number_words import MONTHS, ORDINAL_ENDS, SCALES
from domain.reading.numerals import CURRENCY_SIGNS, Numeral, numeral_at
from domain.reading.tokens import Tokens, is_name, lower_at, text_at, touching
from domain.reading.units import DURATIONS, unit_behind
from domain.reading.word_lists import words

_LABELS = words(
    "page pages chapter article articles section sections paragraph verse phase stage level "
    "grade type class channel gate room floor version season episode volume issue no nos number "
    "figure table appendix item line model tier category route highway flight group unit "
    "resolution rule step question formula day week lap round game match race pole size act "
    "clause order protocol regiment brigade division battalion zone sector district ward block "
    "squadron top bus train exit junction runway"
) | set("§#№")
_FREE_LABELS = words("top group unit week day size number order bus train class")
"""Labels that are ordinary words too: a number behind them counts where a noun follows it."""
_JOINED_BEFORE = words(
    "mid early late pre post sub over under non and to nearly about some near plus top multi "
    "twenty thirty forty fifty sixty seventy eighty ninety"
)
_COMMON = words(
    "a about above across after again against almost all along already also although among an "
    "and another any approximately around as at average be because before behind below "
    "between both but by can could did do does during each either estimated even every "
    "exactly for from had half has have he her here his how however i if in including into is "
    "it its just last least less like may more most nearly next no not now of off on only or "
    "other our out over per roughly she since so some still than that the their them then "
    "there these they this those though through to today total under until up upwards us was "
    "we were what when where which while who will with within would yesterday yet you your "
    "fewer circa near maybe perhaps meanwhile only another"
)
_INDEXES = words("fortune s&p ftse nikkei russell stoxx cac dow dax nasdaq hang asx euro")
_SPORT = words(
    "win won wins beat beats beaten lost loss lose loses defeat defeated victory draw drew "
    "drawn score scored scoreline lead led leads leading trail trailed record final set sets "
    "tie tied game goals aggregate halftime half-time thrashed edged thrashing winning losing"
)
_NEAR = 6
_LARGE = 10


def obstacle(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    """Why a number is no figure, and the token after what it is a part of."""
    for rule in (_list_number, _code, _ordinal, _time, _label, _release, _letters, _decade, _one):
        found = rule(tokens, number)
        if found is not None:
            return found
    return None


def _list_number(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    i, after = number.first, number.after
    ends = text_at(tokens, after)
    if i == 0 and ends in (".", ")") and touching(tokens, after) and after + 1 < len(tokens):
        return "numbers an item of a list", after + 1
    note = text_at(tokens, i - 1) == "[" or (i == 1 and text_at(tokens, 0) == "(")
    if note and ends in ("]", ")"):
        return "numbers an item or a note", after + 1
    return None


def _code(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    """A telephone number, a reference: digits joined to digits more than once, or slashed."""
    text = text_at(tokens, number.first)
    if len(text) > 1 and text[0] == "0" and text.isdigit():
        return "is part of a code", number.after
    if text_at(tokens, number.after) == "/" and not number.share and touching(tokens, number.after + 1):
        slashed = tokens[number.after + 1].kind == "number" if number.after + 1 < len(tokens) else False
        if slashed and touching(tokens, number.after):
            return "is part of a code", number.after + 2
    listed = number.first
    while listed < len(tokens) and tokens[listed].kind == "number" and tokens[listed].text.isdigit():
        listed += 1
    if listed - number.first > 2:
        return "is part of a code", listed
    joined, at = 0, number.after
    while (
        text_at(tokens, at) in ("-", "/", "\u2013")
        and touching(tokens, at)
        and touching(tokens, at + 1)
        and tokens[at + 1].kind == "number"
    ):
        slashed = text_at(tokens, at) == "/"
        joined, at = joined + 1 + slashed, at + 2
    return ("is part of a code", at) if joined > 1 else None


def _ordinal(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    at = number.after
    if number.worded or not touching(tokens, at) or lower_at(tokens, at) not in ORDINAL_ENDS:
        return None
    named = lower_at(tokens, at + 1)
    if named in _LABELS:
        return f"is the name of a {named}", at + 2
    return "is a rank in an order", at + 1


def _time(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    at = number.after
    word = lower_at(tokens, at)
    if word in ("am", "pm", "a.m.", "p.m.", "gmt", "utc", "hrs", "o"):
        if word == "o" and text_at(tokens, at + 1) not in ("'", "\u2019"):
            return None
        return "is a time of day", at + 1 + 2 * (word == "o")
    if word == "hours" and len(tokens[number.first].text) == 4 and number.scale == 1:
        return "is a time of day", at + 1
    return None


def _label(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    if number.first == 0:
        return None
    before, at = tokens[number.first - 1], number.after
    grouped = number.scale != 1 or "," in tokens[number.first].text
    dot = before.text == "." and lower_at(tokens, number.first - 2) in ("no", "nos", "art", "fig")
    if before.lower in ("#", "№", "§") or dot:
        return "is a number in a name", at
    if grouped or number.share:
        return None
    counted = _noun_follows(tokens, at)
    free = number.worded or (counted and before.lower in _FREE_LABELS)
    if before.lower in _LABELS and not (
        free and (before.lower in _FREE_LABELS or before.lower == "no")
    ):
        return f"is the number of a {before.lower}", at
    if (
        number.worded
        or before.text.islower()
        or before.kind != "word"
        or (counted and not _is_camel(before.text))
        or text_at(tokens, at) in ("%", "percent")
    ):
        return _index(tokens, number)
    if before.lower in _COMMON or before.lower in MONTHS or touching(tokens, number.first):
        return None
    if is_joined(tokens, at):
        return None  # a score behind the name of a team
    if before.lower in SCALES or (number.first == 1 and lower_at(tokens, at) in ("to", "-")):
        return None
    return f"is part of the name {before.text} {tokens[number.first].text}", at


def _is_camel(word: str) -> bool:
    """Whether a word begins small and goes on with a capital, as the names of products do."""
    return word[:1].islower() and not word.islower()


def _index(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    named = lower_at(tokens, number.first - 1)
    if named in _INDEXES or (named == "p" and text_at(tokens, number.first - 2) == "&"):
        return "is part of the name of an index", number.after
    return None


def _noun_follows(tokens: Tokens, i: int) -> bool:
    """Whether what follows a number looks like something counted: a plural, or words before one."""
    for at in range(i, min(i + 3, len(tokens))):
        token = tokens[at]
        if token.kind != "word" or token.lower in _COMMON or is_name(token):
            return False
        if token.lower.endswith("s") and not token.lower.endswith("ss"):
            return True
        if token.lower in ("people", "men", "women", "children", "troops", "personnel", "civilians"):
            return True
    return False


def _release(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    """`2.0` with nothing behind it is the version of something."""
    text = text_at(tokens, number.first)
    alone = number.scale == 1 and number.after == number.first + 1
    follows = number.after < len(tokens) and tokens[number.after].kind == "word"
    bare = (
        alone
        and text.endswith(".0")
        and not follows
        and text_at(tokens, number.after) not in ("%", "-")
    )
    money = text_at(tokens, number.first - 1) in CURRENCY_SIGNS
    return ("is part of a version", number.after) if bare and not money else None


def _letters(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    """`F-16`, `T90`, `COVID-19`, `1080p`, `90s`: digits that letters are joined to."""
    i, at = number.first, number.after
    if number.worded:
        return None
    if touching(tokens, at) and text_at(tokens, at) in ("G", "K", "D") and (number.value or 0) < _LARGE:
        return "is part of a name", at + 1
    if _is_model(tokens, at):
        return "is part of a name", at + 1
    if touching(tokens, i) and tokens[i - 1].kind == "word" and not _is_currency(tokens, i - 1):
        return "is part of a name", _end_of_name(tokens, at)
    hyphened = text_at(tokens, i - 1) in ("-", "\u2011", "\u2013") and touching(tokens, i)
    if hyphened and touching(tokens, i - 1) and tokens[i - 2].kind == "word":
        if tokens[i - 2].lower in _JOINED_BEFORE or tokens[i - 2].lower in MONTHS:
            return None
        if text_at(tokens, i - 1) == "\u2013":
            return None
        return "is part of a name", _end_of_name(tokens, at)
    return None


def _is_model(tokens: Tokens, at: int) -> bool:
    """Whether letters that are no unit are joined to digits: `1080p`, `330i`."""
    joined = at < len(tokens) and touching(tokens, at) and tokens[at].kind == "word"
    return joined and tokens[at].lower != "s" and unit_behind(tokens, at, large=False) is None


def _is_currency(tokens: Tokens, i: int) -> bool:
    return tokens[i].text in ("Rs", "EUR", "USD", "GBP", "RM", "Tk", "kr")


def _end_of_name(tokens: Tokens, at: int) -> int:
    return at + 1 if touching(tokens, at) and at < len(tokens) and tokens[at].kind == "word" else at


def _decade(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    at = number.after
    apostrophe = text_at(tokens, at) in ("'", "\u2019") and lower_at(tokens, at + 1) == "s"
    if touching(tokens, at) and lower_at(tokens, at) == "s":
        under = lower_at(tokens, number.first - 1) in ("under", "over", "-")
        return ("is an age" if under else "is part of a date"), at + 1
    if apostrophe and tokens[number.first].text.endswith("0") and len(tokens[number.first].text) == 4:
        return "is part of a date", at + 2
    return None


_ONE_OF = words(
    "of another by day such who that thing way side hand point time year on is was to more "
    "can and in for as has would could might must should or with at from which hour night "
    "week month"
)
_ONE_BEFORE = words(
    "no this that the each every any which another only some day at big good bad new last first"
)


def _one(tokens: Tokens, number: Numeral) -> tuple[str, int] | None:
    """`one` where it stands for somebody or something, and counts nothing."""
    if number.after != number.first + 1 or lower_at(tokens, number.first) != "one":
        return None
    following, before = lower_at(tokens, number.after), lower_at(tokens, number.first - 1)
    after = number.after
    ratio = following == "in" and after + 1 < len(tokens) and numeral_at(tokens, after + 1) is not None
    measured = following == "-" and lower_at(tokens, after + 1) in DURATIONS
    if ratio or measured:
        return None
    nothing = after >= len(tokens) or tokens[after].kind != "word"
    if nothing or following in _ONE_OF or before in _ONE_BEFORE:
        return "", number.after
    return None


def is_joined(tokens: Tokens, i: int) -> bool:
    """Whether a dash at token i joins one number to another."""
    dash = text_at(tokens, i) in ("-", "\u2013") and touching(tokens, i) and touching(tokens, i + 1)
    return dash and tokens[i + 1].kind == "number"


def is_score(tokens: Tokens, first: int, after: int) -> bool:
    """Whether the words around two joined numbers speak of a game."""
    around = range(max(0, first - _NEAR), min(len(tokens), after + _NEAR))
    return any(tokens[i].lower in _SPORT for i in around)
