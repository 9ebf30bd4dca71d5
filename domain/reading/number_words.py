"""The words of numbers, and of what stands around them."""

from collections.abc import Mapping
from fractions import Fraction

from domain.reading.word_lists import listed, words

UNITS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen"
        )
    )
}
TENS: Mapping[str, int] = {
    word: 10 * value
    for value, word in enumerate(listed("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
SCALES: Mapping[str, int] = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "lakh": 10**5,
    "crore": 10**7,
    "dozen": 12,
}
SHORT_SCALES: Mapping[str, int] = {
    "k": 1_000,
    "m": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "mm": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "bln": 10**9,
    "t": 10**12,
    "tn": 10**12,
    "trn": 10**12,
}
"""Scales that are written right behind the digits."""
SAFE_SHORT_SCALES = frozenset({"k", "mn", "mln", "bn", "bln", "tn", "trn"})
"""Those of them that are read so without a currency before the digits."""
PLURAL_SCALES = words("hundreds thousands millions billions trillions dozens scores tens lakhs crores")
PARTS: Mapping[str, int] = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fourth": 4,
    "fourths": 4,
    "fifth": 5,
    "fifths": 5,
    "sixth": 6,
    "sixths": 6,
    "eighth": 8,
    "eighths": 8,
    "tenth": 10,
    "tenths": 10,
}
GLYPHS: Mapping[str, Fraction] = {
    "½": Fraction(1, 2),
    "⅓": Fraction(1, 3),
    "⅔": Fraction(2, 3),
    "¼": Fraction(1, 4),
    "¾": Fraction(3, 4),
}
ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})
MONTHS: Mapping[str, int] = {
    **{
        name: month
        for month, name in enumerate(
            listed(
                "january february march april may june july august september october november december"
            ),
            1,
        )
    },
    **{
        name: month
        for month, name in enumerate(listed("jan feb mar apr _ jun jul aug sep oct nov dec"), 1)
        if name != "_"
    },
    "sept": 9,
}
WEEKDAYS: Mapping[str, int] = {
    name: day
    for day, name in enumerate(listed("monday tuesday wednesday thursday friday saturday sunday"))
}
