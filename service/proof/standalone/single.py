"""The verifier as one file that needs nothing of this package: its modules, one after the other."""

import ast
from functools import cache
from importlib.resources import files

NAME = "verify_intellog.py"
MODULES = (
    *("refusals", "ed25519", "checkpoints", "proved", "receipts", "records", "periods", "accounts"),
    *("bundles", "claims", "figures", "origins", "policies", "part", "flags"),
    *("targets", "judging", "nesting", "sums", "question", "parts", "answers", "assessments"),
    *("recomputing", "program"),
)
"""The modules, each after those that it imports."""
_PACKAGE = "service.proof.standalone"
_HEAD = '''#!/usr/bin/env python3
"""Check what an intellog log has proved, with Python 3.11 or later alone: nothing has to be installed.

    python3 verify_intellog.py receipt FILE --key KEY
    python3 verify_intellog.py bundle DIRECTORY [--key KEY]
    python3 verify_intellog.py estimate FILE [--key KEY]

Signatures (Ed25519), the tree of the log (RFC 9162) and the rules of estimates are implemented here a
second time, apart from the program that serves the log.
"""
'''
_LAST = """

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
"""


@cache
def single_file() -> str:
    """The text of the file."""
    imports, bodies = set[str](), list[str]()
    for name in MODULES:
        source = files(_PACKAGE).joinpath(f"{name}.py").read_text("utf-8")
        tree, lines = ast.parse(source), source.splitlines()
        own = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        imports.update(ast.unparse(node) for node in own if not _within(node))
        last = max((node.end_lineno or 0 for node in own), default=tree.body[0].end_lineno or 0)
        what = (ast.get_docstring(tree) or "").splitlines()[0]
        bodies.append("\n".join([f"# {what}", *lines[last:]]).rstrip() + "\n")
    return "\n".join([_HEAD, *_sorted(imports), "", "", "\n\n".join(bodies), _LAST.lstrip("\n")])


def _within(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE)


def _sorted(imports: set[str]) -> list[str]:
    plain = sorted(line for line in imports if line.startswith("import "))
    named = dict[str, set[str]]()
    for line in imports - set(plain):
        module, _, names = line.removeprefix("from ").partition(" import ")
        named.setdefault(module, set()).update(names.split(", "))
    return [
        *plain,
        *(f"from {module} import {', '.join(sorted(named[module]))}" for module in sorted(named)),
    ]
