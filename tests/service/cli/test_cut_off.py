"""A stream that is cut off: its connection breaks, and the command line says that it is not whole."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from tests.http_spec import claim, indicator, report
from tests.service.cli.test_cli import Run, run, started

__all__ = ["run"]
FIRST = b'{"position":1,"type":"SourceRegistered","stream":"source:a","version":1,"redacted":true}\n'
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (WARNING|ERROR) (-|[0-9a-f]{8}-[0-9a-f]+) [\w.]+: .+"
)


@contextmanager
def answering(*parts: bytes) -> Iterator[str]:
    """The address of a server that answers any request with these bytes, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError):  # it listens no more
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(b"".join(parts))

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(content), content)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
CUTS = {
    "politely": [HEAD, chunk(FIRST), END],
    "broken off": [HEAD, chunk(FIRST)],
    "within a line": [HEAD, chunk(FIRST[:40])],
    "within a line, politely": [HEAD, chunk(FIRST[:40]), END],
    "at once": [HEAD, END],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("words", [("events", "--json"), ("export", "--events")])
def test_an_answer_without_its_last_line_is_an_error(
    run: Run, words: tuple[str, ...], cut: list[bytes]
) -> None:
    with answering(*cut) as url:
        done = run(*words, "--url", url)
    assert done.exit_code == 1
    assert re.fullmatch(r"intellog: the answer was cut off after [01] lines: .*\n", done.stderr)


@pytest.mark.parametrize("cut", [[HEAD, END], [HEAD]], ids=["politely", "broken off"])
def test_an_import_without_its_last_line_is_an_error(run: Run, cut: list[bytes]) -> None:
    with answering(*cut) as url:
        done = run("import", "-", "--url", url, stdin="")
    assert done.exit_code == 1
    assert "the import was interrupted" in done.stderr and len(done.stderr.splitlines()) == 1


def test_an_answer_with_its_last_line_is_whole(run: Run) -> None:
    with answering(HEAD, chunk(FIRST + b'{"caught_up":1}\n'), END) as url:
        done = run("events", "--json", "--url", url)
    assert (done.exit_code, done.output.count("\n")) == (0, 1)


def test_a_replay_that_a_stop_cuts_off_fails(tmp_path: Path) -> None:
    with started("serve", "--data", tmp_path, "--port", "0") as (_, url):
        for ask in (indicator(), *(report(f"r{n}", claim(n)) for n in range(30))):
            httpx2.request(ask.method, url + ask.path, json=ask.body).raise_for_status()
        while httpx2.get(f"{url}/v1/sources?min_position=33", timeout=60).status_code == 503:
            pass  # it waits on the other side
        command = "from service.cli import main; main()"
        words = ["replay", "--url", url, "--speed", "0.000001", "--json"]
        replay = subprocess.Popen(
            [sys.executable, "-c", command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert replay.stdout is not None
        assert json.loads(replay.stdout.readline())["position"] == 1
    _, told = replay.communicate(timeout=20)
    assert replay.returncode == 1
    assert re.fullmatch(rb"intellog: the answer was cut off after \d+ lines: .*\n", told)


def test_a_stop_and_leaving_clients_are_no_errors(tmp_path: Path) -> None:
    """Streams and an import are open, clients leave half way: nothing of it is logged as an error."""
    command = [sys.executable, "-c", "from service.cli import main; main()"]
    words = ["serve", "--data", str(tmp_path), "--port", "0"]
    with subprocess.Popen(
        [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://127.0.0.1:(\d+)", process.stdout.readline())
        assert found is not None
        address, held = ("127.0.0.1", int(found[1])), list[socket.socket]()
        host = b" HTTP/1.1\r\nHost: localhost\r\n"
        for sent in (
            b"GET /v1/events" + host + b"Accept: text/event-stream\r\n\r\n",
            b"POST /v1/import" + host + b"Content-Type: application/x-ndjson\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n",
            b"POST /v1/reports"
            + host
            + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        ):
            for stays in (False, True):
                held.append(socket.create_connection(address))
                held[-1].sendall(sent)
                if not stays:
                    held.pop().close()
        assert b"200 OK" in held[0].recv(65_536) and b"200 OK" in held[1].recv(65_536)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
    for each in held:
        each.close()
    assert process.returncode == 0
    assert [line for line in told.splitlines() if not LINE.fullmatch(line) or " ERROR " in line] == []


def test_a_log_line_bears_time_and_request(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    script = (
        "import logging; from service.process import *; set_up_process(); "
        "REQUEST_ID.set('0123abcd-1f'); logging.getLogger('intellog.x').warning('one %s', 'thing')"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    told = capfd.readouterr().err
    assert LINE.fullmatch(told.strip()) and told.endswith("WARNING 0123abcd-1f intellog.x: one thing\n")
