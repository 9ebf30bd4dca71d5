"""A table as lines of an import, by a mapping: rows are read one by one, and refused one by one.

Rows with the same report id that follow each other make one report, which is filed whole or not at all:
if one of its rows is refused, so are the others, so that the refused rows, once they are right, can be
imported by the same mapping.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

from domain.commands import MOST_CLAIMS, FileReport
from domain.errors import Refused
from service.http.validation import encoded, validated
from service.interop.tables.cells import BadRow, Row, Unfit, text_of
from service.interop.tables.claims import Made, Rule, counted, rules_of
from service.interop.tables.columns import SKIP, Columns, digest_of
from service.interop.tables.definitions import Definitions
from service.interop.tables.filling import Fields, View, columns_at, filler, required
from service.interop.tables.lines import Line, Refusal, neighbour
from service.interop.tables.mapping import DIGEST, Mapping, templates_in
from service.interop.tables.readers import Table
from service.interop.tables.repetitions import Repetitions
from service.interop.tables.sorting import in_order
from service.interop.tables.standing import Standing, cell_of

MOST_CHARACTERS = 8 * 1_048_576
"""Maximum number of characters in the texts of a report."""
_OF_REPORT = ("publisher", "published_at")


@dataclass(slots=True)
class _Group:
    """The rows of one report so far, what they say, and what is wrong with them."""

    head: Fields
    first: Row
    rows: list[Row] = field(default_factory=list)
    claims: list[Made] = field(default_factory=list)
    taken: dict[str, None] = field(default_factory=dict)
    definitions: dict[tuple[str, str], Line] = field(default_factory=dict)
    faults: dict[int, Unfit] = field(default_factory=dict)
    size: int = 0

    @property
    def is_too_large(self) -> bool:
        """Whether it has more claims, or more text, than a report may."""
        return len(self.claims) > MOST_CLAIMS or self.size > MOST_CHARACTERS

    def refusals(self) -> Iterator[Refusal]:
        """All its rows: those that have a fault, and those that stand beside them."""
        first = min(self.faults)
        for row in self.rows:
            yield Refusal(row, self.faults.get(row.number) or neighbour(first))


class Conversion:
    """One table under one mapping; raises `Refused` if the two do not fit. Its lines are read once."""

    def __init__(self, mapping: Mapping, table: Table) -> None:
        self._mapping, self._table = mapping, table
        self._rules = rules_of(mapping, table.names)
        self.columns = Columns(table.names, mapping, _wanted(mapping, self._rules))
        self._definitions = Definitions(mapping)
        self._counts = counted(mapping.rows.only, mapping.rows.skip)
        self._digests = any(DIGEST in template.columns for _, template in templates_in(mapping))
        rule = mapping.report
        self._fill_head = filler(rule, FileReport) if rule is not None else lambda view: {}
        self.rows = self.skipped = 0
        """Rows that were read, and how many of them the mapping left out."""

    def lines(self) -> Iterator[Line | Refusal]:
        """The lines of the import, and the refused rows among them, in the order of the table."""
        with ExitStack() as resources:
            self._repetitions = resources.enter_context(closing(Repetitions()))
            self._standing = resources.enter_context(closing(Standing()))
            yield from self._definitions.constant(View(self.columns, Row(0, ())))
            group: _Group | None = None
            for row in self._ordered():
                found = row if isinstance(row, Refusal) else self._begun(row)
                if isinstance(found, Refusal):
                    yield found
                if not isinstance(found, tuple):
                    continue
                view, head = found
                if group is not None and not _same(group.head, head):
                    yield from self._closed(group)
                    group = None
                group = group or _Group(head, view.row)
                self._add(group, view, head)
                if group.is_too_large:
                    yield from self._overflowed(group)
            if group is not None:
                yield from self._closed(group)

    def _ordered(self) -> Iterator[Row | Refusal]:
        sort = self._mapping.rows.sort
        return in_order(self._read(), self._sort_key, len(sort)) if sort else self._read()

    def _read(self) -> Iterator[Row | Refusal]:
        for each in self._table.rows:
            self.rows += 1
            yield Refusal(each.row, each.unfit) if isinstance(each, BadRow) else each

    def _sort_key(self, row: Row) -> list[str | float]:
        return [_sortable(self.columns.value(row, name)) for name in self._mapping.rows.sort]

    def _begun(self, row: Row) -> tuple[View, Fields] | Refusal | None:
        """A row with the report that it belongs to; None if the mapping leaves it out."""
        view = View(self.columns, row)
        try:
            if not self._counts(view.look):
                self.skipped += 1
                return None
            if self._digests:
                view.digest = self._repetitions.named(digest_of(row))
            return view, self._head(view)
        except Unfit as unfit:
            return self._left_out(row, unfit)

    def _left_out(self, row: Row, unfit: Unfit) -> Refusal | None:
        if unfit.code != SKIP:
            return Refusal(row, unfit)
        self.skipped += 1
        return None

    def _head(self, view: View) -> Fields:
        rule = self._mapping.report
        if rule is None:
            return {}
        head = self._fill_head(view)
        required(rule, head, _OF_REPORT if rule.id is None else ("id", *_OF_REPORT), view)
        return head

    def _add(self, group: _Group, view: View, head: Fields) -> None:
        """Add a row to the report that it belongs to."""
        try:
            self._check_head(group, view, head)
            made = self._claims(group, view)
            definitions = dict(self._definitions_of(view, made))
        except Unfit as unfit:
            if unfit.code == SKIP:
                self.skipped += 1
                return
            group.faults[view.row.number] = unfit
            made, definitions = [], {}
        else:
            if not (made or definitions):
                return
        group.rows.append(view.row)
        group.claims += [each for each in made if isinstance(each, Made)]
        group.taken |= dict.fromkeys(each for each in made if isinstance(each, str))
        group.definitions = {**definitions, **group.definitions}

    def _claims(self, group: _Group, view: View) -> list[Made | str]:
        """What a row states and takes back, as far as its report has room for it."""
        made = list[Made | str]()
        for rule in self._rules:
            for each in rule.claims(view):
                made.append(each)
                fields = each.fields.values() if isinstance(each, Made) else (each,)
                group.size += sum(len(value) for value in fields if isinstance(value, str))
                if len(made) > MOST_CLAIMS or group.size > MOST_CHARACTERS:
                    return made
        return made

    def _definitions_of(
        self, view: View, made: Iterable[Made | str]
    ) -> Iterator[tuple[tuple[str, str], Line]]:
        if self._mapping.report is None:
            yield from self._definitions.of(view)
        for each in made:
            if isinstance(each, Made):
                view.each = each.origin.each
                yield from self._definitions.of(view)
        view.each = None

    def _check_head(self, group: _Group, view: View, head: Fields) -> None:
        """Refuse a row that says otherwise than the others when or by whom its report was published."""
        if head == group.head:
            return
        name = next(n for n in {**head, **group.head} if head.get(n) != group.head.get(n))
        why = f"its report.{name} differs from that of row {group.first.number}, which has the same id"
        assert self._mapping.report is not None
        column = next(iter(columns_at(self._mapping.report, [name], None)), None)
        raise Unfit("differs", why, *self.columns.shown(view.row, column))

    def _overflowed(self, group: _Group) -> Iterator[Refusal]:
        """Refuse the rows so far of a report that has more claims than one may."""
        why = (
            f"its report has more than {MOST_CLAIMS:,} claims or {MOST_CHARACTERS:,} characters; "
            "make report.id finer, as by month"
        )
        for row in group.rows:
            yield Refusal(row, Unfit("too-large-report", why))
        group.rows.clear()

    def _closed(self, group: _Group) -> Iterator[Line | Refusal]:
        """The lines of a report that has all its rows."""
        if group.is_too_large:
            yield from self._overflowed(group)
            return
        if group.faults:
            yield from group.refusals()
            return
        line = self._line(group)
        if line is not None:
            try:
                validated(FileReport, encoded(line.command))
            except Refused as refused:
                yield from line.refusals(self.columns, refused.code, refused.detail, refused.faults)
                return
        yield from self._taken_back(group)
        for key, definition in group.definitions.items():
            self._definitions.given(key)
            yield definition
        if line is not None:
            if "id" in line.command and self._takes_back:
                self._standing.add(line.command["id"], line.command["claims"])
            yield line

    @property
    def _takes_back(self) -> bool:
        rules = self._mapping.claim
        return any(rule.take_back or rule.without_number == "take-back" for rule in rules)

    def _line(self, group: _Group) -> Line | None:
        if not group.claims:
            return None
        command = {**group.head, "claims": [made.fields for made in group.claims]}
        origins = [made.origin for made in group.claims]
        return Line(FileReport.NAME, command, self._mapping.report, tuple(group.rows), origins)

    def _taken_back(self, group: _Group) -> Iterator[Line]:
        """Withdraw or correct the earlier reports of this table whose claims a report takes back."""
        stated = {cell_of(made.fields) for made in group.claims}
        cells = [cell for cell in group.taken if cell not in stated]
        act = {"kind": "publisher", "published_at": group.head.get("published_at")}
        for report, left in self._standing.take_back(cells).items():
            of = {"report": report, **act}
            if left:
                claims = [{"n": n, **claim} for n, claim in left.items()]
                yield Line("correct_report", {**of, "claims": claims}, None, tuple(group.rows))
            else:
                yield Line("withdraw_report", of, None, tuple(group.rows))


def _same(one: Fields, other: Fields) -> bool:
    """Whether two rows belong to the same report."""
    return one.get("id") is not None and one.get("id") == other.get("id")


def _sortable(cell: object) -> str | float:
    if isinstance(cell, int | float):
        return float(cell)
    text = "" if cell is None else text_of(cell)  # type: ignore[arg-type]
    try:
        return float(text)
    except ValueError:
        return text


def _wanted(mapping: Mapping, rules: Iterable[Rule]) -> Iterator[str]:
    """Every column that a mapping names."""
    for _, template in templates_in(mapping):
        yield from template.columns
    conditions = [*mapping.rows.only, *mapping.rows.skip]
    for rule in mapping.claim:
        conditions += [*rule.only, *rule.skip, *rule.take_back]
    for condition in conditions:
        yield from condition
    yield from mapping.rows.sort
    for each in rules:
        yield from (column for column in each.columns if column is not None)
