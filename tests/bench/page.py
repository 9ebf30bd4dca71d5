"""The results as Markdown, for docs/costs.md."""

from collections.abc import Iterable, Sequence

from tests.bench.result import Peer, Row, Slope
from tests.bench.scene import Found


def page(where: str, found: Sequence[Found]) -> str:
    """Three tables after a line that describes the machine."""
    rows = _table(
        ("work", "ours", "limit", "ratio", "target", "size"),
        (_row(row) for one in found for row in one.rows),
    )
    slopes = [slope for one in found for slope in one.slopes]
    sizes = sorted({size for slope in slopes for size in slope.at})
    growth = _table(
        ("cost at", *(f"{size:,} claims" for size in sizes)), (_slope(each, sizes) for each in slopes)
    )
    peers = _table(
        ("beside", "work", "rate", "gives", "lacks"),
        (_peer(peer) for one in found for peer in one.peers),
    )
    return f"{where}\n\n{rows}\n{growth}\n{peers}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f}" if row.reached else f"**{row.ratio:.2f}**"
    figures = (f"{row.ours:,.4g} {row.unit}", f"{row.limit:,.4g}", ratio, row.target)
    return row.name, *figures, row.size


def _slope(slope: Slope, sizes: Sequence[int]) -> tuple[str, ...]:
    costs = (f"{slope.at[size]:,.3g}" if size in slope.at else "" for size in sizes)
    return f"{slope.name}, {slope.unit}", *costs


def _peer(peer: Peer) -> tuple[str, ...]:
    rate = f"{peer.rate:,.4g} {peer.unit}"
    return f"{peer.name} {peer.version}", peer.work, rate, peer.gives, peer.lacks
