"""Figures in words, the same on pages and in the terminal."""

from typing import Any


def figure(body: dict[str, Any]) -> str:
    """An estimate in a few characters: `2,000 (≥ 1,500)`, a verdict, or unknown."""
    if body["verdict"] or body["measure"] == "proposition":
        return str(body["verdict"] or "unknown")
    best, bounds = body["best"], _bounds(body)
    if best is None:
        return bounds or "unknown"
    about = "~ " if body["qualifier"] in ("about", "nearly") else ""
    return f"{about}{best:,}" + (f" ({bounds})" if bounds else "")


def _bounds(body: dict[str, Any]) -> str:
    low, high = body["low"], body["high"]
    if low is None and high is None:
        return ""
    if low is None:
        return f"≤ {high:,}"
    if high is None:
        return f"≥ {low:,}"
    return "" if low == high else f"{low:,} to {high:,}"
