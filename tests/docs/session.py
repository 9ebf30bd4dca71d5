"""Runs what a page has its reader run, in one empty directory, and compares what is printed.

Of what is printed only that may differ which differs from run to run: timestamps, days after those of
the demo, ids of 32 hexadecimal digits, the ids of requests, and the port of the server. A line `...`
stands for any number of lines.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.docs.blocks import Step, steps
from tests.places import ROOT

ADDRESS = "http://127.0.0.1:8000"
"""The address that the pages give the demo."""
PLAIN = f"#!{sys.executable}\nfrom service.cli import main\n\nmain()\n"
"""The text of the file that is run as the program."""
SECONDS = 120.0
"""Time for one command, on a busy machine."""
VARYING = (
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?Z| UTC|\+00:00)?", "<time>"),
    (r"20(26-(0[3-9]|1[0-2])|2[7-9]-\d\d|[3-9]\d-\d\d)-\d\d", "<day>"),
    (r"[0-9a-f]{32}", "<id>"),
    (r"\b[0-9a-f]{8}-\d+\b", "<request>"),
)
PROGRAM = """
import contextlib, io, json, sys, traceback
names, answers = {"__name__": "__main__"}, sys.stdout
for line in sys.stdin:
    source, where, printed, failed = *json.loads(line), io.StringIO(), None
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(source, where, "exec"), names)
    except BaseException:
        failed = traceback.format_exc()
    print(json.dumps([printed.getvalue(), failed]), file=answers, flush=True)
"""
"""Runs the parts of a program that it reads, one a line, and answers what each printed."""


def run_page(name: str, text: str, place: Path, url: str = ADDRESS, intellog: str = PLAIN) -> int:
    """Run a page in a new directory against a server; return how many steps it has.

    `intellog` is the text of the file that is run as the program.

    Raises `AssertionError` with the page and the line of the first step that does not do as it says.
    """
    found = steps(text)
    with _session(place, intellog, url) as (environment, here):
        for step in found:
            where = f"{name}:{step.line}"
            source = step.source.replace(ADDRESS, url)
            if step.kind == "command":
                printed = _command(source, where, step, environment, here)
            else:
                printed = _part(source, where, step, here)
            printed = printed.replace(url, ADDRESS)
            if step.output is not None and not matches(printed, step.output):
                raise AssertionError(
                    f"{where}: {step.source}\nprints\n{printed}\nand not\n{step.output}"
                )
    return len(found)


def matches(printed: str, shown: str) -> bool:
    """Whether a page shows what was printed."""
    lines = (".*\n" if each == "..." else re.escape(each) + "\n" for each in _steady(shown))
    pattern = "".join(f"(?:{each})*" if each == ".*\n" else each for each in lines)
    return re.fullmatch(pattern, "".join(f"{each}\n" for each in _steady(printed))) is not None


def _steady(text: str) -> list[str]:
    for pattern, stands in VARYING:
        text = re.sub(pattern, stands, text)
    return [line.rstrip() for line in text.strip("\n").splitlines()]


Here = tuple[Path, "subprocess.Popen[str]", list[int]]
"""The directory, the process of the program, and the groups of the processes of the commands."""


@contextmanager
def _session(place: Path, intellog: str, url: str) -> Iterator[tuple[dict[str, str], Here]]:
    programs = place / ".venv" / "bin"
    programs.mkdir(parents=True)
    run = programs / "intellog"
    run.write_text(intellog)
    run.chmod(0o700)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("INTELLOG_")
    }
    environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    environment["XDG_STATE_HOME"] = str(place / ".state")
    environment["PATH"] = f"{programs}:{Path(sys.executable).parent}:{environment['PATH']}"
    groups = list[int]()
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=place, env=environment
    ) as program:
        try:
            yield environment, (place, program, groups)
        finally:
            for group in groups:  # what a command has left running
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGTERM)
            program.communicate()


def _command(source: str, where: str, step: Step, environment: dict[str, str], here: Here) -> str:
    """What a command prints on either output; one that fails must show how."""
    place, _, groups = here
    variables, output = place.parent / "variables", place.parent / "output"
    variables.touch()
    kept = f'. "{variables}"\n{source}\nstatus=$?\nexport -p > "{variables}"\nexit $status'
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["bash", "-c", kept],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=place,
            env=environment,
            start_new_session=True,
        )
        groups.append(process.pid)
        status = process.wait(SECONDS)
    printed = output.read_text("utf-8", errors="replace")
    if status and not step.output:
        raise AssertionError(f"{where}: {step.source}\nends with status {status}\n{printed}")
    return printed


def _part(source: str, where: str, step: Step, here: Here) -> str:
    _, program, _ = here
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(json.dumps(["\n" * (step.line - 1) + source, where]) + "\n")
    program.stdin.flush()
    printed, failed = json.loads(program.stdout.readline() or '["", "the program ended"]')
    if failed:
        raise AssertionError(f"{where}: the program fails\n{failed}")
    return str(printed)
