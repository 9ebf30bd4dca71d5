"""Addresses of tiles are those of C2SP tlog-tiles, and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.tree.tiles import WIDTH, Tile, tile_at
from tests.effort import examples


@pytest.mark.parametrize(
    ("tile", "address", "end"),
    [
        (Tile(0, 0, WIDTH), "0/000", 256),
        (Tile(0, 0, 1), "0/000.p/1", 1),
        (Tile(0, 273, 112), "0/273.p/112", 70_000),
        (Tile(1, 1, 17), "1/001.p/17", 69_888),
        (Tile(2, 0, 1), "2/000.p/1", 65_536),
        (Tile(0, 1_234_067, WIDTH), "0/x001/x234/067", 315_921_408),
        (Tile(None, 999, WIDTH), "entries/999", 256_000),
        (Tile(None, 1_000, 255), "entries/x001/000.p/255", 256_255),
        (Tile(7, 0, 3), "7/000.p/3", 3 << 56),
    ],
)
def test_a_tile_has_one_address(tile: Tile, address: str, end: int) -> None:
    assert tile.address() == address
    assert tile_at(address) == tile
    assert tile.end() == end


@examples(400)
@given(st.none() | st.integers(0, 63), st.integers(0, 1 << 63), st.integers(1, WIDTH))
def test_every_address_leads_back(level: int | None, n: int, width: int) -> None:
    tile = Tile(level, n, width)
    assert tile_at(tile.address()) == tile


@pytest.mark.parametrize(
    "address",
    [
        "",
        "0",
        "0/",
        "0/0",
        "0/00",
        "0/0000",
        "00/000",
        "64/000",
        "-1/000",
        "x/000",
        "0/x000/000",
        "0/001/000",
        "0/x001/x000",
        "0/x001/00",
        "0/X001/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/",
        "0/000.p",
        "0/000/",
        "0/\u0660\u0660\u0660",
        "entries/0",
        "Entries/000",
        "0/000\n",
        " 0/000",
        "../0/000",
    ],
)
def test_nothing_else_is_an_address(address: str) -> None:
    with pytest.raises(ValueError, match="the address of a tile"):
        tile_at(address)
