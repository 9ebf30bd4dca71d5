"""The list of verbs in the help, in sections: by what somebody wants to do."""

from collections.abc import Iterator, Mapping
from typing import Any

from typer.core import TyperGroup

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Run": ("serve", "demo", "mcp", "token", "key", "webhook"),
    "Ask for figures": (
        *("estimates", "estimate", "explain", "vintages", "series", "revisions"),
        *("changes", "changed", "briefing", "slippage", "replay", "compare"),
    ),
    "Find what was reported": (
        *("reports", "report", "history", "claim", "impact", "sources", "indicators", "events"),
        *("conflicts", "open", "citations", "citation", "sql"),
    ),
    "Record": (
        *("define", "source", "post", "propose", "attach", "correct", "withdraw", "redact", "hold"),
        *("release", "mark", "grade", "link", "unlink", "dispute", "assess", "cite", "uncite"),
    ),
    "Prove": ("proof", "checkpoints", "bundle", "verify"),
    "Move and keep": (
        *("import", "export", "check", "check-store", "rebuild", "evidence"),
        *("backup", "restore", "move", "migrate", "mirror", "promote"),
    ),
}
"""Each verb is in one section."""


class Sections(TyperGroup):
    """The program, whose help lists its verbs by section, each with its whole first sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections."""
        for title, rows in self._sections():
            with formatter.section(title):
                formatter.write_dl(rows)

    def _sections(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        listed = {verb for verbs in SECTIONS.values() for verb in verbs}
        others = tuple(verb for verb in self.commands if verb not in listed)
        for title, verbs in {**SECTIONS, "Other": others}.items():
            rows = [(verb, self._first_sentence(verb)) for verb in verbs if verb in self.commands]
            if rows:
                yield title, rows

    def _first_sentence(self, verb: str) -> str:
        return self.commands[verb].get_short_help_str(limit=1_000)
