"""Who may import whom: `domain <- projections <- service`, one way, and each library in its place."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest

from projections.catalogue import CATALOGUE
from projections.tables.projection import Projection
from tests.places import ROOT

PACKAGES = ("domain", "projections", "service")
VALUES = {"pydantic", "pydantic_core", "typing_extensions"}


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name and what is written in it."""

    name: str
    tree: ast.AST

    def imports(self) -> Iterator[str]:
        """Every module that it names, anywhere: `a.b` and `a.b.c` for `from a.b import c`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} imports relatively"
                yield node.module or ""
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def roots(self) -> set[str]:
        """The top-level packages that it imports."""
        return {name.partition(".")[0] for name in self.imports()}

    def strings(self) -> str:
        """All its string literals, joined."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return "\n".join(node.value for node in nodes if isinstance(node.value, str))

    def calls(self) -> Iterator[str]:
        """What it calls, as written: `open`, `datetime.now`, `self.thing.do`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func)


def modules_of(package: str) -> Iterator[Module]:
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield Module(name, ast.parse(path.read_text("utf-8")))


MODULES = [module for package in PACKAGES for module in modules_of(package)]


def importing(library: str) -> set[str]:
    """The modules that import a library, or a module, or anything in it."""
    return {
        module.name
        for module in MODULES
        if any(name == library or name.startswith(f"{library}.") for name in module.imports())
    }


def within(*places: str) -> set[str]:
    """The modules in these places: a module, or a package with all that is in it."""
    return {m.name for m in MODULES if any(f"{m.name}.".startswith(f"{place}.") for place in places)}


def test_there_is_something_to_judge() -> None:
    names = {module.name for module in MODULES}

    assert {
        "domain.streams.report",
        "projections.tables.claims",
        "service.app",
        "service.log.sqlite",
    } <= names


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("domain", VALUES | {"domain"}),
        ("projections", VALUES | {"domain", "projections"}),
    ],
)
def test_what_a_package_imports_beside_the_standard_library(package: str, allowed: set[str]) -> None:
    for module in modules_of(package):
        assert module.roots() - sys.stdlib_module_names <= allowed, module.name


@pytest.mark.parametrize("outer", ["tests", "seeds"])
def test_the_program_imports_nothing_of_what_is_around_it(outer: str) -> None:
    assert importing(outer) == set()


def tables_of(projection: Projection) -> set[str]:
    return set(re.findall(r"CREATE (?:VIRTUAL )?TABLE (\w+)", projection.schema))


def module_of(projection: Projection) -> Module:
    [found] = [each for each in MODULES if each.name == projection.apply.__module__]
    return found


@pytest.mark.parametrize("projection", CATALOGUE, ids=lambda projection: projection.name)
def test_a_projection_reads_the_tables_of_those_that_it_names_and_that_stand_before_it(
    projection: Projection,
) -> None:
    names = [each.name for each in CATALOGUE]
    text = module_of(projection).strings()
    others = [each for each in CATALOGUE if each is not projection]

    assert set(projection.reads) <= set(names[: names.index(projection.name)])
    for other in others:
        named = {t for t in tables_of(other) if re.search(rf"(FROM|JOIN|INTO|UPDATE) {t}\b", text)}
        imported = module_of(other).name in set(module_of(projection).imports())
        assert other.name in projection.reads or not (named or imported), (other.name, named)


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("eventsourcing", ["service.log"]),
        ("fastapi", ["service.http", "service.api", "service.web", "service.app"]),
        (
            "starlette",
            [
                "service.http",
                "service.api",
                "service.web",
                "service.app",
                "service.server",
                "service.transport",
            ],
        ),
        ("psycopg", ["service.log"]),
        ("joserfc", ["service.access"]),
        ("cryptography", ["service.access"]),
        ("service.log.sqlite", ["service.log.open"]),
        ("service.log.postgres", ["service.log.open"]),
    ],
)
def test_what_is_imported_only_in_its_place(library: str, places: list[str]) -> None:
    assert importing(library) - within(*places) == set()
    assert importing(library), f"nothing imports {library}: is the rule out of date?"


def test_interface_and_pages_stand_beside_each_other() -> None:
    assert not importing("service.api") & within("service.web", "service.http")
    assert not importing("service.web") & within("service.api", "service.http")


CLOCKS_AND_DICE = {"time", "random", "secrets", "uuid", "zoneinfo", "locale"}
OUTSIDE = {
    "os", "io", "pathlib", "shutil", "tempfile", "glob", "socket", "ssl", "http", "urllib", "select",
    "sqlite3", "subprocess", "signal", "threading", "multiprocessing", "asyncio", "concurrent",
    "logging", "sys", "platform", "importlib", "ctypes", "pickle",
}  # fmt: skip
IMPURE_CALLS = [
    "*.now",
    "*.utcnow",
    "*.today",
    "*.fromtimestamp",
    "*.getenv",
    "*.urandom",
    "*.uuid?",
    "open",
    "print",
    "input",
    "eval",
    "exec",
    "__import__",
    "id",
    "hash",
]


def test_the_domain_knows_no_clock_no_chance_and_no_world_outside() -> None:
    for module in modules_of("domain"):
        assert not module.roots() & (CLOCKS_AND_DICE | OUTSIDE), module.name
        assert not [call for call in module.calls() for each in IMPURE_CALLS if fnmatch(call, each)]


def test_projections_read_no_clock_and_know_nothing_but_their_database() -> None:
    for module in modules_of("projections"):
        assert not module.roots() & (CLOCKS_AND_DICE | OUTSIDE - {"sqlite3"}), module.name
        assert not [call for call in module.calls() for each in IMPURE_CALLS if fnmatch(call, each)]


def test_nothing_is_built_at_import() -> None:
    """No application, no log, no service stands about in a module."""
    building = {
        "create_app",
        "opened",
        "open_sqlite_log",
        "open_postgres_log",
        "FastAPI",
        "Service",
        "Views",
        "Writer",
    }
    for module in MODULES:
        for statement in ast.iter_child_nodes(module.tree):
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
                assert not building & set(Module(module.name, statement).calls()), module.name
