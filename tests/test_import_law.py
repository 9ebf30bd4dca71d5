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
    step = projection.apply or projection.complete or projection.idle
    assert step is not None
    [found] = [each for each in MODULES if each.name == step.__module__]
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
                "service.model_context",
                "service.server",
                "service.transport",
            ],
        ),
        ("mcp", ["service.model_context"]),
        (
            "httpx2",
            [
                *("service.client", "service.cli.client", "service.cli.completion"),
                *("service.server", "service.access", "service.model_context", "service.webhooks"),
                "service.attestation.asking",
                *("service.mirror.source", "service.verify.server"),
            ],
        ),
        ("pandas", ["service.client.frames"]),
        ("psycopg", ["service.log"]),
        ("joserfc", ["service.access"]),
        ("cryptography", ["service.access", "service.webhooks.store", "service.proof"]),
        ("cbor2", ["service.proof.cose"]),
        ("rfc3161_client", ["service.proof.time_stamp"]),
        ("service.attestation.attesting", ["service.server", "service.nodes.standby"]),
        ("standardwebhooks", ["service.webhooks.sending"]),
        ("xlsxwriter", ["service.interop"]),
        ("markdown_it", ["service.web.docs"]),
        ("prometheus_client", ["service.metrics"]),
        ("opentelemetry", ["service.traces.spans"]),
        ("service.log.sqlite", ["service.log.open"]),
        ("service.log.postgres", ["service.log.open"]),
        ("service.log.conformance", ["service.log.conformance", "service.cli.verbs.store"]),
        ("service.nodes.standby", ["service.server"]),
        ("service.nodes.source", ["service.service"]),
    ],
)
def test_what_is_imported_only_in_its_place(library: str, places: list[str]) -> None:
    assert importing(library) - within(*places) == set()
    assert importing(library), f"nothing imports {library}: is the rule out of date?"


def test_the_library_of_models_is_imported_only_when_it_is_used() -> None:
    """It is an extra: what imports it is itself imported within functions alone."""
    users = importing("mcp") - {"service.model_context.exchange"}
    assert users == {"service.model_context.server", "service.model_context.stdio"}
    for module in MODULES:
        nodes = ast.iter_child_nodes(module.tree)
        at_once = {f"{node.module}" for node in nodes if isinstance(node, ast.ImportFrom)}
        assert module.name in users or not at_once & users, module.name
        assert module.name in users or not any(name.partition(".")[0] == "mcp" for name in at_once)


def test_the_library_of_time_stamps_is_imported_only_when_it_is_used() -> None:
    """It is an extra, and what verifies a log without time stamps needs none."""
    [module] = [each for each in MODULES if each.name == "service.proof.time_stamp"]
    nodes = [each for each in ast.iter_child_nodes(module.tree) if isinstance(each, ast.ImportFrom)]
    assert not [each for each in nodes if each.module == "rfc3161_client"]


def test_a_witness_knows_nothing_of_the_log_of_its_own_service() -> None:
    parts = ("service.service", "service.log.port", "service.log.tree", "service.signing")
    assert not set().union(*map(importing, parts)) & within("service.witness")


def test_models_ask_the_interface_and_no_view() -> None:
    """What they are answered is what everybody is answered: no query is asked past its gate."""
    for module in MODULES:
        if module.name.startswith("service.model_context"):
            names = set(module.imports())
            assert not any(
                name.startswith(("sqlite3", "projections.tables", "service.views")) for name in names
            )


@pytest.mark.parametrize("oracle", ["stix2", "stix2validator"])
def test_the_program_is_not_written_with_what_judges_it(oracle: str) -> None:
    assert importing(oracle) == set()


STIX = "service.interop.stix"


def test_stix_out_is_made_without_the_interface_and_stix_in_without_the_log() -> None:
    assert not importing("service.api") & within(STIX)
    assert not importing("service.log") & within(f"{STIX}.inbound")
    assert not importing("projections") & within(f"{STIX}.inbound")


@pytest.mark.parametrize("part", ["service.service", "service.views", "service.query", "service.http"])
def test_copies_are_made_of_the_log_and_its_files_without_a_service(part: str) -> None:
    assert not importing(part) & within("service.copies")


@pytest.mark.parametrize(
    "part",
    [
        *("service.service", "service.query", "service.http", "service.api", "service.write"),
        *("service.log.open", "service.log.event_log", "service.log.check", "service.signing"),
    ],
)
def test_a_verification_asks_no_service_and_no_log_of_ours(part: str) -> None:
    """It reads bytes by itself; what checks a log from within may be what was tampered with.

    The files of a proof or a bundle have the shapes of the answers, and a figure its one rule.
    """
    files = {"service.verify.estimate_files", "service.verify.bundle_files"}
    assert not importing(part) & (within("service.verify") - files)


def test_interface_and_pages_stand_beside_each_other() -> None:
    assert not importing("service.api") & within("service.web", "service.http")
    assert not importing("service.web") & within("service.api", "service.http")


def test_the_client_knows_the_server_by_the_types_of_its_answers_alone() -> None:
    """Other modules of the client name those for type checkers; nothing imports them when it runs."""
    server = within("service") - within("service.client")
    for module in modules_of("service/client"):
        if module.name != "service.client.answers":
            assert not server & set(module.imports()), module.name


def test_what_decides_asks_and_shows_knows_nothing_of_nodes() -> None:
    """Whichever node answers, a figure is found and shown in the same way."""
    others = within("service.query", "service.streams", "service.views", "service.write", "service.web")
    assert not importing("service.nodes") & others


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("service.tree", {"service.tree"}),
        (
            "service.proof",
            {"service.tree", "service.proof", "service.log.hashes", "service.log.private"},
        ),
    ],
)
def test_proofs_are_made_and_checked_without_the_log(package: str, allowed: set[str]) -> None:
    for name in within(package):
        [module] = [each for each in MODULES if each.name == name]
        ours = {each for each in module.imports() if each.partition(".")[0] in PACKAGES}
        others = {each for each in ours if not any(f"{each}.".startswith(f"{a}.") for a in allowed)}
        assert not others, name
        assert not module.roots() & CLOCKS_AND_DICE, name


def test_what_checks_proofs_without_us_needs_the_standard_library_alone() -> None:
    for name in within("service.proof.standalone"):
        [module] = [each for each in MODULES if each.name == name]
        others = module.roots() - sys.stdlib_module_names
        assert others <= {"service"}, name
        ours = {each for each in module.imports() if each.startswith("service.")}
        assert all(each.startswith("service.proof.standalone.") for each in ours), name


@pytest.mark.parametrize("part", ["service.http", "service.api", "service.web", "service.service"])
def test_the_log_is_signed_by_who_writes_it_and_not_by_the_interface(part: str) -> None:
    assert not importing(part) & within("service.signing")


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
