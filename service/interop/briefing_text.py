"""A briefing as Markdown and as HTML, paragraph by paragraph."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from service.http.briefed import BriefingAnswer, BriefingItem
from service.query.briefing_words import day_words

NOTHING = "Nothing changed in this span."


class Paragraph(NamedTuple):
    """What is told together: sentences about one indicator, or one sentence about several."""

    subjects: Sequence[BriefingItem]
    sentences: Sequence[BriefingItem]

    @property
    def shared(self) -> bool:
        """Whether one sentence is about several indicators."""
        return len(self.subjects) > 1


def sections(items: Iterable[BriefingItem]) -> list[tuple[str | None, list[Paragraph]]]:
    """The paragraphs of a briefing by topic."""
    by_topic = groupby(items, key=lambda item: item["topic"])
    return [(topic, _paragraphs(list(found))) for topic, found in by_topic]


def _paragraphs(items: Sequence[BriefingItem]) -> list[Paragraph]:
    alone = [list(group) for _, group in groupby(items, key=lambda item: item["indicator"])]
    found = list[Paragraph]()
    for _, stories in groupby(alone, key=_shared_words):
        told = list(stories)
        if len(told) > 1 and len(told[0]) == 1:
            found.append(Paragraph([story[0] for story in told], told[0]))
        else:
            found += [Paragraph(story[:1], story) for story in told]
    return found


def _shared_words(story: Sequence[BriefingItem]) -> tuple[str, int]:
    """What is the same of indicators that one event tells of in the same words."""
    only = story[0]
    return (only["words"], only["position"]) if len(story) == 1 else (only["indicator"], 0)


def heading(answer: BriefingAnswer) -> str:
    """What a briefing is about, in a line."""
    done = "published" if answer["axis"] == "publication" else "recorded"
    since = f" after {day_words(answer['since'])}" if answer["since"] else ""
    until = f", up to {day_words(answer['until'])}" if answer["until"] else ""
    return f"What changed with what was {done}{since}{until}, most important first."


def left_out(answer: BriefingAnswer) -> str:
    """How many sentences at the end are not told, and what to do; empty where all are told."""
    more = answer["n_items"] - len(answer["items"])
    if not more:
        return ""
    return f"{more:,} more sentence{'s' * (more > 1)}: ask for a shorter span, or for one topic."


def links_of(item: BriefingItem) -> tuple[str, str]:
    """The words of the links of a sentence: to its event, and to the answer as it was then."""
    return day_words(item["at"] or "") or f"event {item['position']}", "answer then"


def told_of_several(words: str) -> str:
    """A sentence that goes on with the indicators that it is about."""
    return words.removesuffix(".")


def markdown(answer: BriefingAnswer, position: int) -> str:
    """The document in Markdown."""
    lines = ["# Briefing", "", f"{heading(answer)} As of position {position}.", ""]
    for topic, paragraphs in sections(answer["items"]):
        lines += [f"## {_marked_down(topic)}", ""] if topic else []
        for each in paragraphs:
            lines += [_paragraph(each), ""]
    if not answer["items"]:
        lines += [NOTHING, ""]
    lines += [left_out(answer), ""] if left_out(answer) else []
    return "\n".join([*lines, f"Order: {answer['rule']}", ""])


def _paragraph(given: Paragraph) -> str:
    if given.shared:
        subjects = (f"[{_marked_down(each['title'])}]({each['permalink']})" for each in given.subjects)
        first = given.sentences[0]
        event = f"[{links_of(first)[0]}]({first['event']})"
        return f"{_marked_down(told_of_several(first['words']))} ({event}): {'; '.join(subjects)}."
    told = " ".join(_sentence(each) for each in given.sentences)
    return f"**{_marked_down(given.subjects[0]['title'])}.** {told}"


def _sentence(each: BriefingItem) -> str:
    event, then = links_of(each)
    links = f"[{event}]({each['event']}), [{then}]({each['permalink']})"
    return f"{_marked_down(each['words'])} ({links}){marking(each)}"


def marking(each: BriefingItem) -> str:
    """The marking of a sentence, if there is one to be shown."""
    return "" if each["marking"] == "TLP:CLEAR" else f" {each['marking']}"


def in_plain_text(given: Paragraph) -> str:
    """A paragraph without links, each sentence with the position of its event."""
    if given.shared:
        first, titles = given.sentences[0], (each["title"] for each in given.subjects)
        return f"{told_of_several(first['words'])} ({_place(first)}): {'; '.join(titles)}."
    told = (f"{each['words']} ({_place(each)}){marking(each)}" for each in given.sentences)
    return f"{given.subjects[0]['title']}. {' '.join(told)}"


def _place(each: BriefingItem) -> str:
    return f"{links_of(each)[0]}, position {each['position']}"


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def _marked_down(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def html(answer: BriefingAnswer, position: int) -> str:
    """The document in HTML, without style."""
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Briefing</title><h1>Briefing</h1>',
        f"<p>{escape(heading(answer))} As of position {position}.</p>",
    ]
    for topic, paragraphs in sections(answer["items"]):
        parts += [f"<h2>{escape(topic)}</h2>"] if topic else []
        parts += [f"<p>{_html_of(each)}</p>" for each in paragraphs]
    parts += [] if answer["items"] else [f"<p>{NOTHING}</p>"]
    parts += [f"<p>{left_out(answer)}</p>"] if left_out(answer) else []
    return "\n".join([*parts, f"<p>Order: {escape(answer['rule'])}</p></html>", ""])


def _html_of(given: Paragraph) -> str:
    if given.shared:
        subjects = "; ".join(_link(each["permalink"], each["title"]) for each in given.subjects)
        first = given.sentences[0]
        event = _link(first["event"], links_of(first)[0])
        return f"{escape(told_of_several(first['words']))} ({event}): {subjects}."
    told = " ".join(_html_sentence(each) for each in given.sentences)
    return f"<strong>{escape(given.subjects[0]['title'])}.</strong> {told}"


def _html_sentence(each: BriefingItem) -> str:
    event, then = links_of(each)
    links = f"{_link(each['event'], event)}, {_link(each['permalink'], then)}"
    return f"{escape(each['words'])} ({links}){marking(each)}"


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'
