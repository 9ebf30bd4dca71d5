"""The unit behind a number, or the currency before it, and what kind of quantity that makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.reading.numerals import CURRENCY_SIGNS
from domain.reading.tokens import Tokens, lower_at, text_at, touching
from domain.reading.word_lists import words

Sort = Literal["count", "share", "measure", "money", "duration", "age"]

CURRENCIES: Mapping[str, str] = {
    word: code
    for code, words in {
        "USD": "$ dollar dollars usd us$ buck bucks",
        "EUR": "€ euro euros eur",
        "GBP": "£ gbp sterling quid",
        "JPY": "¥ yen jpy",
        "CNY": "yuan renminbi rmb cny",
        "KRW": "₩ won krw",
        "INR": "₹ rupee rupees inr rs",
        "RUB": "₽ rouble roubles ruble rubles rub",
        "UAH": "₴ hryvnia hryvnias uah",
        "ILS": "₪ shekel shekels ils",
        "TRY": "₺ lira liras",
        "CHF": "franc francs chf",
        "SEK": "krona kronor kroner sek",
        "BRL": "reais brl",
        "ZAR": "rand zar",
        "PLN": "zloty zlotys pln",
        "MXN": "peso pesos",
        "SAR": "riyal riyals",
        "AED": "dirham dirhams",
        "KES": "shilling shillings",
        "NGN": "naira",
        "BTC": "bitcoin bitcoins btc",
        "cent": "cent cents pence ¢",
    }.items()
    for word in words.split()
}
_VERB_TOO = frozenset({"won", "rand"})
"""Currencies that are words of another meaning: read only behind a large number."""
DURATIONS = words(
    "second seconds minute minutes min mins hour hours hr hrs day days night nights week "
    "weeks fortnight month months year years yr yrs decade decades century centuries"
)
_MEASURES: Mapping[str, str] = {
    word: unit
    for unit, words in {
        "km": "km kilometre kilometres kilometer kilometers kms",
        "m": "m metre metres meter meters",
        "cm": "cm centimetre centimetres centimeter centimeters",
        "mm": "mm millimetre millimetres millimeter millimeters",
        "nm": "nm nanometre nanometres nanometer nanometers",
        "mile": "mile miles mi",
        "ft": "ft foot feet",
        "in": "inch inches",
        "yd": "yard yards",
        "acre": "acre acres",
        "ha": "hectare hectares ha",
        "kg": "kg kilo kilos kilogram kilograms kgs",
        "g": "g gram grams grammes",
        "mg": "mg milligram milligrams",
        "t": "tonne tonnes ton tons kiloton kilotons megaton megatons",
        "lb": "lb lbs pound pounds",
        "oz": "oz ounce ounces",
        "l": "l litre litres liter liters ml millilitres milliliters",
        "gal": "gallon gallons",
        "bbl": "barrel barrels bpd",
        "W": "w watt watts kw kilowatt kilowatts mw megawatt megawatts gw gigawatt gigawatts",
        "Wh": "wh kwh mwh gwh twh kilowatt-hours megawatt-hours",
        "B": "gb mb tb kb gigabyte gigabytes megabyte megabytes terabyte terabytes gigabits",
        "Hz": "hz khz mhz ghz hertz megahertz gigahertz",
        "V": "v volt volts kv",
        "hp": "hp bhp horsepower ps",
        "Nm": "nm lb-ft",
        "degree": "degree degrees ° °c °f celsius fahrenheit",
        "mph": "mph kmh kph km/h knot knots",
        "mpg": "mpg",
        "px": "pixel pixels megapixel megapixels mp",
        "fps": "fps",
        "dB": "db decibel decibels",
        "cc": "cc",
        "bp": "bps bp",
        "cal": "calorie calories kcal",
        "x": "x",
    }.items()
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Unit:
    """What a quantity is counted in, with the token after it."""

    sort: Sort
    name: str
    after: int


def unit_behind(tokens: Tokens, i: int, *, large: bool) -> Unit | None:
    """The unit at token i, right behind a number; `large` numbers may be of any currency."""
    hyphen = text_at(tokens, i) in ("-", "\u2011") and touching(tokens, i)
    at = i + 1 if hyphen else i
    word = lower_at(tokens, at)
    share = _share(tokens, at)
    if share is not None:
        return share
    if word in ("u.s.", "us", "australian", "canadian", "singapore") and (
        lower_at(tokens, at + 1) in ("dollar", "dollars")
    ):
        return Unit("money", "USD" if word.startswith("u") else "dollar", at + 2)
    if word in CURRENCIES and (large or word not in _VERB_TOO) and text_at(tokens, at) != "$":
        return Unit("money", CURRENCIES[word], at + 1)
    if word in DURATIONS:
        return _duration(tokens, at)
    if word in _MEASURES and _is_measure(tokens, at, hyphen):
        scaled = word == "°" and touching(tokens, at + 1) and lower_at(tokens, at + 1) in ("c", "f")
        return Unit("measure", _MEASURES[word], at + 1 + scaled)
    if word in ("square", "cubic", "metric", "nautical", "light") and (
        lower_at(tokens, at + 1) in _MEASURES or lower_at(tokens, at + 1) == "years"
    ):
        return Unit("measure", f"{word} {_MEASURES.get(lower_at(tokens, at + 1), 'year')}", at + 2)
    return None


def _share(tokens: Tokens, at: int) -> Unit | None:
    word, following = lower_at(tokens, at), lower_at(tokens, at + 1)
    if word in ("%", "percent", "pct", "percentage-point"):
        return Unit("share", "percent", at + 1)
    if word == "per" and following == "cent":
        return Unit("share", "percent", at + 2)
    if word in ("percentage", "basis", "pc"):
        wide = 2 if word != "pc" else 1
        after = at + wide + (text_at(tokens, at + 1) == "-")
        return Unit("share", "percent" if word == "pc" else f"{word} point", after)
    return None


def _duration(tokens: Tokens, at: int) -> Unit:
    after = at + 1
    if text_at(tokens, after) == "-" and lower_at(tokens, after + 1) == "old":
        return Unit("age", "year", after + 2)
    if text_at(tokens, after) == "-" and lower_at(tokens, after + 1) == "olds":
        return Unit("age", "year", after + 2)
    if lower_at(tokens, after) == "old":
        return Unit("age", "year", after + 1)
    if lower_at(tokens, after) == "of" and lower_at(tokens, after + 1) == "age":
        return Unit("age", "year", after + 2)
    return Unit("duration", lower_at(tokens, at).removesuffix("s"), after)


def _is_measure(tokens: Tokens, at: int, hyphen: bool) -> bool:
    """Whether a short name of a unit is one: `5 m`, `20-in`, and not `500 in Kyiv`."""
    word = text_at(tokens, at)
    if len(word) > 2 or hyphen or touching(tokens, at):
        return True
    return word in (
        "km",
        "kg",
        "cm",
        "mm",
        "ft",
        "lb",
        "ha",
        "GB",
        "TB",
        "MB",
        "kW",
        "Nm",
        "Hz",
        "MW",
        "GW",
        "hp",
        "°",
    )


def currency_before(tokens: Tokens, i: int) -> tuple[str, int] | None:
    """The currency that is written right before token i, and the token with which it begins."""
    sign = text_at(tokens, i - 1)
    if sign in CURRENCY_SIGNS:
        country = i - 2
        named = touching(tokens, i - 1) and text_at(tokens, country).isupper()
        first = country if named and len(tokens[country].text) <= 3 else i - 1
        return CURRENCIES.get(sign, "money"), first
    code = text_at(tokens, i - 1)
    if code.isupper() and len(code) == 3 and code.lower() in CURRENCIES:
        return CURRENCIES[code.lower()], i - 1
    if code in ("Rs", "Rs."):
        return "INR", i - 1
    if code == "." and text_at(tokens, i - 2) == "Rs":
        return "INR", i - 2
    return None
