"""What Assay is timed beside: one `Peer` for each work and peer, in a file for each kind of work.

To add one: a function that loads its data, calls `timed` around the work alone and returns what that gives, perhaps with facts
about the answer; and a `Peer` in its file's list PEERS. A new file also needs its line in bench_peers.py. Modules are loaded by
the driver too, whose Python has no packages: import packages inside functions.
"""
import dataclasses
import json
import time
import typing


@dataclasses.dataclass(frozen=True)
class Check:
    """Something beside time that has to hold between our answer and theirs, or of ours alone."""
    label: str
    value: typing.Callable  # (facts of ours, facts of theirs) -> number
    bound: float
    at_least: bool = False

    def verdict(self, ours, theirs):
        value = self.value(ours, theirs)
        holds = value >= self.bound if self.at_least else value <= self.bound
        return f"{self.label} {value:.4g} ({'at least' if self.at_least else 'at most'} {self.bound:g}: {'met' if holds else 'MISSED'})", holds


@dataclasses.dataclass(frozen=True)
class Peer:
    work: str                          # the name of our benchmark
    name: str                          # the peer, as people call it
    run: typing.Callable               # (folder of the table, size) -> facts
    size: int
    times: float | None = None         # the bar: how many times as fast ours has to be, each
    peer_size: int | None = None       # where theirs would take too long at our size; times are then compared each
    table: tuple = ()                  # arguments of `AssayBenchmarks write`, (name, arguments) for more tables inside; None = none
    table_rows: int = 0                # at least so many rows in the table, where it serves more than the work itself
    arguments: tuple = ()              # more arguments of ours; behind "--data" comes the table's folder
    checks: tuple = ()
    environment: str = "venv"          # the folder of its Python
    path: str = ""                     # a folder of packages that come first
    packages: tuple = ()               # whose versions to print


def timed(size, work):
    """The result of `work`, and its times and peak memory above what was resident before (MB)."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS")
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return result, {"seconds": wall, "cpu_seconds": cpu, "size": size, "memory_mb": status("VmHWM") - before}


def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(key))


def load(folder, rows=None):
    """The features in row order, which suits the peers best, the target and the numbers of levels (0 = numeric)."""
    import numpy as np
    case = json.load(open(f"{folder}/case.json"))
    X = np.fromfile(f"{folder}/X.f64").reshape(case["columns"], -1).T[:rows]
    return np.ascontiguousarray(X), np.fromfile(f"{folder}/y.f64")[:rows], case["levels"]
