"""Every quantity in a sentence, and every number that is none, with why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from domain.reading.dates import Dated
from domain.reading.figure import Figure, Found, NoFigure
from domain.reading.numerals import Numeral, numeral_at
from domain.reading.obstacles import is_score, obstacle
from domain.reading.qualifiers import bounds_of, qualifier_after, qualifier_before
from domain.reading.tokens import Tokens, is_name, lower_at, text_at, touching
from domain.reading.units import Sort, Unit, currency_before, unit_behind
from domain.reading.word_lists import words
from domain.vocabulary import LARGEST, Qualifier

_DASHES = frozenset("-\u2013—\u2011\u2212")
_CHANGES = words(
    "rise rose risen rising grow grew grown growing increase increased increases increasing "
    "jump jumped climb climbed climbing fall fell fallen falling drop dropped dropping "
    "decline declined decrease decreased decreasing cut cuts cutting raise raised raising "
    "lower lowered expand expanded expanding reduce reduced reducing move moved shift shifted "
    "double doubled shrink shrank shrunk slip slipped surge surged surging soar soared slump "
    "slumped plunge plunged dip dipped edge edged widen widened narrow narrowed improve "
    "improved upgrade upgraded change changed revised revise went go goes gone advanced slid "
    "tumbled tumble rebounded swelled swell trimmed up down boosted boost slashed extended "
    "extend accelerated slowed hiked hike lifted"
)
_PERSONS = words("children child people adults boys girls women men those anyone players kids persons")
_WITHIN = 8
_LARGE = 1_000


_BECAUSE: Mapping[Sort, str] = {
    "money": "is a sum of money",
    "age": "is an age",
    "duration": "is a length of time",
}


def figures_of(tokens: Tokens, dates: Sequence[Dated] = ()) -> list[Found]:
    """Every number of a sentence in order, as a figure or with why it is none."""
    return _Finder(tokens, {each.first: each for each in dates}).all()


def _within_limits(found: Found) -> Found:
    if isinstance(found, Figure) and any(abs(number) > LARGEST for number in found.numbers):
        return NoFigure(found.first, found.after, "is larger than a figure may be")
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """One number with the currency before it and the unit behind it."""

    number: Numeral
    first: int
    after: int
    unit: Unit | None
    sign: int = 1


class _Finder:
    def __init__(self, tokens: Tokens, dates: Mapping[int, Dated]) -> None:
        self._tokens = tokens
        self._dates = dates

    def all(self) -> list[Found]:
        """What is found from the first token to the last."""
        found, i = list[Found](), 0
        while i < len(self._tokens):
            items = [_within_limits(each) for each in self._at(i)]
            found += [each for each in items if not isinstance(each, NoFigure) or each.because]
            i = max(i + 1, items[-1].after if items else 0)
        return found

    def _at(self, i: int) -> list[Found]:
        dated = self._dates.get(i)
        if dated is not None:
            return [NoFigure(i, dated.after, self._why_date(dated))]
        token = self._tokens[i]
        if token.kind not in ("word", "mark", "number"):
            numeric = any(letter in "0123456789" for letter in token.text)
            why = {"address": "is part of an address", "version": "is part of a version"}
            times = {"date": "is part of a date", "clock": "is a time of day"}
            return [NoFigure(i, i + 1, (why | times)[token.kind] if numeric else "")]
        number = numeral_at(self._tokens, i)
        if number is None:
            return []
        stopped = obstacle(self._tokens, number)
        if stopped is not None:
            return [NoFigure(i, max(stopped[1], i + 1), stopped[0])]
        return self._figures(self._part(number))

    def _why_date(self, dated: Dated) -> str:
        said = self._tokens[dated.first : dated.after]
        return "is part of a date" if any(t.text[0] in "0123456789" for t in said) else ""

    def _part(self, number: Numeral) -> _Part:
        large = number.scale > 1 or (number.value or 0) >= _LARGE
        unit = unit_behind(self._tokens, number.after, large=large)
        money = currency_before(self._tokens, number.first)
        first, after = number.first, number.after if unit is None else unit.after
        if money is not None and (unit is None or unit.sort != "share"):
            unit = Unit("money", money[0], number.after if unit is None else after)
            first = money[1]
        if unit is None and number.share:
            after = number.after
        sign = 1
        if (
            text_at(self._tokens, first - 1) in ("-", "\u2212") and self._is_sign(first - 1)
        ) or lower_at(self._tokens, first - 1) == "minus":
            sign, first = -1, first - 1
        return _Part(number, first, after, unit, sign)

    def _is_sign(self, i: int) -> bool:
        return touching(self._tokens, i + 1) and not touching(self._tokens, i)

    def _figures(self, part: _Part) -> list[Found]:
        ratio = self._ratio(part)
        if ratio is not None:
            return [ratio]
        other = self._other_end(part)
        if other is None:
            return [self._single(part)]
        if isinstance(other, NoFigure):
            return [other]
        return self._range(part, other) or [self._single(part), self._single(other)]

    def _ratio(self, part: _Part) -> Figure | None:
        """`3 in 10`, `nine out of ten`: a share."""
        of = [lower_at(self._tokens, i) for i in (part.after, part.after + 1)]
        at = part.after + (1 if of[0] == "in" else 2 if of == ["out", "of"] else 0)
        second = self._second(at) if at > part.after and part.unit is None else None
        if second is None or second.unit is not None or not part.number.value:
            return None
        whole, some = second.number.value, part.number.value
        if not whole or some >= whole or whole > _LARGE or second.number.share or part.number.share:
            return None
        number = replace(part.number, value=some / whole, share=True)
        return self._single(replace(part, number=number, after=second.after))

    def _other_end(self, part: _Part) -> _Part | NoFigure | None:
        """The number to which a range goes on from a first one, or the score that both make."""
        at = part.after
        link = lower_at(self._tokens, at)
        dash = link in _DASHES and (touching(self._tokens, at) or link in "\u2013—")
        before = lower_at(self._tokens, part.first - 1)
        if link == "and" and not self._between(part.first):
            return None
        if not dash and link not in ("to", "and", "or"):
            return None
        second = self._second(at + 1)
        if second is None or (dash and before in _DASHES and touching(self._tokens, part.first)):
            return None
        whole = part.unit is None and second.unit is None and part.number.scale == 1
        if dash and whole and self._scored(part, second):
            return NoFigure(part.first, second.after, "is a score")
        return second

    def _between(self, i: int) -> bool:
        return "between" in [lower_at(self._tokens, at) for at in range(i - 3, i)]

    def _second(self, at: int) -> _Part | None:
        while lower_at(self._tokens, at) in (
            "about",
            "around",
            "as",
            "many",
            "much",
            "perhaps",
            "even",
        ):
            at += 1
        if text_at(self._tokens, at) and currency_before(self._tokens, at + 1) is not None:
            at += 1
        elif currency_before(self._tokens, at + 2) is not None and text_at(self._tokens, at).isupper():
            at += 2
        if at >= len(self._tokens) or at in self._dates:
            return None
        number = numeral_at(self._tokens, at)
        if number is None or obstacle(self._tokens, number) is not None:
            return None
        return self._part(number)

    def _scored(self, part: _Part, second: _Part) -> bool:
        one, other = part.number.value, second.number.value
        if one is None or other is None:
            return False
        if one >= other:
            return True
        return is_score(self._tokens, part.first, second.after)

    def _range(self, part: _Part, second: _Part) -> list[Found] | None:
        """One figure of both numbers, unless the first became the second: `rose from 5 to 7`."""
        one, other = part.number, second.number
        if one.value is None or other.value is None or not self._same_unit(part, second):
            return None
        low, high = one.value * part.sign, other.value * (second.sign if part.sign > 0 else part.sign)
        if one.scale == 1 and other.scale > 1 and not one.share and low <= high / other.scale:
            low *= other.scale
        if low >= high or self._became(part):
            return None
        link = lower_at(self._tokens, part.after)
        if link == "or" and high > 2 * low:
            return None
        first, unit = part.first, second.unit or part.unit
        if lower_at(self._tokens, first - 1) in ("between", "from"):
            first -= 1
        said = qualifier_before(self._tokens, first)
        first = said[1] if said else first
        lead = lower_at(self._tokens, first - 1)
        first -= lead in ("between", "from")
        return [self._made(first, second.after, (low, None, high), "range", unit, one.share)]

    def _same_unit(self, part: _Part, second: _Part) -> bool:
        if part.unit is None:
            return True
        if second.unit is None:
            return part.unit.sort == "money"
        return (part.unit.sort, part.unit.name) == (second.unit.sort, second.unit.name)

    def _became(self, part: _Part) -> bool:
        before = [lower_at(self._tokens, i) for i in range(max(0, part.first - _WITHIN), part.first)]
        if (
            "by" in before[-2:]
            or "between" in before[-2:]
            or (part.unit is None and "from" not in before)
        ):
            return False
        return "from" in before[-4:] and any(word in _CHANGES for word in before)

    def _single(self, part: _Part) -> Figure:
        value = part.number.value
        unit, share, after = part.unit, part.number.share, part.after
        if value is None:
            said = qualifier_before(self._tokens, part.first)
            first = said[1] if said else part.first
            return self._made(first, after, (None, None, None), "unspecified", unit, share)
        before = qualifier_before(self._tokens, part.first)
        behind = qualifier_after(self._tokens, after)
        said = before or behind
        first = before[1] if before else part.first
        after = behind[1] if behind and before is None else after
        qualifier: Qualifier = said[0] if said else "exact"
        if unit is None and behind and before is None:
            unit = unit_behind(self._tokens, after, large=True)
            after = unit.after if unit else after
        return self._made(first, after, bounds_of(qualifier, value * part.sign), qualifier, unit, share)

    def _made(
        self,
        first: int,
        after: int,
        bounds: tuple[Fraction | None, Fraction | None, Fraction | None],
        qualifier: Qualifier,
        unit: Unit | None,
        share: bool,
    ) -> Figure:
        made = Figure(first, after, *bounds, qualifier, earlier=self._is_earlier(first))
        if unit is not None:
            made = replace(made, sort=unit.sort, unit=unit.name, because=_BECAUSE.get(unit.sort, ""))
        elif share:
            made = replace(made, sort="share", unit="fraction")
        elif self._is_age(made):
            made = replace(made, sort="age", unit="year")
        return replace(made, because=_BECAUSE.get(made.sort, ""))

    def _is_earlier(self, first: int) -> bool:
        before = [lower_at(self._tokens, i) for i in range(max(0, first - _WITHIN), first)]
        return before[-1:] == ["from"] and any(word in _CHANGES for word in before)

    def _is_age(self, figure: Figure) -> bool:
        """`aged 24`, `at the age of 24`, `under-18`, and `, 24,` behind a name."""
        numbers, tokens = figure.numbers, self._tokens
        if not numbers or not all(0 < number <= 120 for number in numbers):
            return False
        before = [lower_at(tokens, i) for i in range(max(0, figure.first - 3), figure.first)]
        if before[-1:] in (["aged"], ["age"], ["ages"]) or before[-2:] in (
            ["age", "of"],
            ["age", "from"],
        ):
            return True
        said = lower_at(tokens, figure.first)
        if said in ("under", "over", "below", "above") and before[-1:] and before[-1] in _PERSONS:
            return True
        apposed = text_at(tokens, figure.first - 1) == "," and text_at(tokens, figure.after) in (
            ",",
            ".",
        )
        named = figure.first > 1 and is_name(tokens[figure.first - 2])
        return apposed and named and lower_at(tokens, figure.first - 2) not in ("and", "or")
