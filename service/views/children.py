"""Processes of the program that another one starts and that exit when their input is closed."""

import os
import subprocess
import sys


def start_child(module: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    """Start a module of the program as a process that talks through its standard input and output."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        **variables,
    }
    return subprocess.Popen(
        # -P: no module in the working directory may stand in for one of ours or of Python's.
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        bufsize=0,
    )


def stop_child(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Close the input of a process, and kill it if it has not exited after a while."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
