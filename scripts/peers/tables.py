"""CSV files to typed columns."""
from . import Check, Peer, timed


def polars(folder, size):
    import polars as pl
    table, facts = timed(size, lambda: pl.read_csv(f"{folder}/table.csv"))
    assert table.height == size
    return facts


# The mapped file's pages count as resident, though the system may take them back: they are no part of the bound.
MEMORY = Check("peak memory against the columns'", lambda ours, _: (ours["memory_mb"] - ours["file_mb"]) / ours["columns_mb"], 3)

PEERS = [
    Peer("csv", "polars", polars, 1_000_000, times=1, arguments=("--data",), checks=(MEMORY,), packages=("polars",)),
]
