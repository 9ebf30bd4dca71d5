"""The pages of the reference, each with what makes it from the program."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from service.app import create_app
from service.http.problem_kinds import documentation as problems
from service.service import opened
from service.settings import Settings
from service.settings_table import settings_table
from service.web.description import Schema
from tests.places import DOCS
from tests.reference.commands import commands
from tests.reference.interface import interface, types
from tests.reference.rules import METRIC, events, flags, metrics, policies

SETTINGS = """# Settings

What an operator sets in the environment, made from the program. An unset variable, or an empty one, has
the value below. `intellog serve --help` lists the options of the command. A setting that cannot be used
ends the start with a line that names it.

"""
PAGES: Mapping[str, Callable[[Schema], str]] = {
    "reference/interface.md": interface,
    "reference/types.md": types,
    "reference/commands.md": lambda api: commands(),
    "reference/settings.md": lambda api: SETTINGS + settings_table(),
    "reference/events.md": events,
    "reference/policies.md": lambda api: policies(),
    "reference/flags.md": lambda api: flags(),
    "reference/metrics.md": lambda api: METRIC + metrics(),
    "operating.md": lambda api: operating(),
    "problems.md": lambda api: problems(),
}
"""The pages by their place among the documents, each made from the program or its `/openapi.json`."""


def operating() -> str:
    """The page for operators, its tables of settings and metrics made from the program."""
    page = (DOCS / "operating.md").read_text("utf-8")
    for table in (settings_table(), metrics()):
        before, _, rest = page.partition(table.partition("\n")[0])
        page = f"{before}{table}\n{rest.partition(chr(10) * 2)[2]}"
    return page


def described() -> Schema:
    """The description of the interface, of a service over an empty log."""
    with TemporaryDirectory() as folder, opened(Settings(data=Path(folder) / "log")) as service:
        description: Schema = create_app(service).openapi()
        return description


def main() -> None:
    """Write the pages."""
    api = described()
    for name, made in PAGES.items():
        (DOCS / name).write_text(made(api), "utf-8")
