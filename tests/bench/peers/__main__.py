"""Print the table of event stores: `python -m tests.bench.peers`."""

from rich.console import Console
from rich.table import Table

from tests.bench.peers import peers

COLUMNS = ("name", "version", "work", "rate", "gives", "lacks")


def table() -> Table:
    """Print every row, with the rate rounded to significant digits."""
    table = Table(*COLUMNS)
    for peer in peers():
        rate = f"{peer.rate:,.0f} {peer.unit}"
        table.add_row(peer.name, peer.version, peer.work, rate, peer.gives, peer.lacks)
    return table


if __name__ == "__main__":
    Console(width=220).print(table())
