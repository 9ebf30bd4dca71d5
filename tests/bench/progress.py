"""Progress on standard error, so that a run of an hour can be watched."""

import sys
import time


def say(text: str) -> None:
    """Print a line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def left_out(name: str, error: Exception) -> None:
    """Say that something is not measured, and why."""
    why = " ".join(f"{type(error).__name__}: {error}".split())
    short = why if len(why) < 300 else f"{why[:60]} ... {why[-240:]}"
    print(f"left out {name}: {short}", file=sys.stderr, flush=True)
