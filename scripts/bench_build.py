"""Measures what a user waits for before any work: the start of the command, its size, and a clean build.

usage: bench_build.py PATH/TO/assay [--clean FLAGS_OF_SWIFT_BUILD...]

The start is the wall time of `assay --help`, process and all, over 20 runs; the least is what it takes where nothing else runs. With --clean the package is built from nothing into a
folder of its own, which is removed again; dependencies that SwiftPM has fetched before are not fetched anew.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

HELP_BAR_MS = 50


def main(binary, clean):
    times = []
    before = os.times()
    for _ in range(20):
        start = time.perf_counter()
        subprocess.run([binary, "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    after = os.times()
    cpu = (after.children_user + after.children_system - before.children_user - before.children_system) * 1000 / len(times)
    verdict = "met" if min(times) <= HELP_BAR_MS else "MISSED"
    print(f"assay --help: least {min(times):.1f} ms, median {statistics.median(times):.1f} ms, CPU {cpu:.1f} ms (least at most {HELP_BAR_MS} ms: {verdict})")
    print(f"binary: {os.path.getsize(binary) / 1_048_576:.1f} MB")
    if clean is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        command = ["swift", "build", "--scratch-path", folder, "--product", "assay", *clean]
        subprocess.run(["swift", "package", "--scratch-path", folder, "resolve"], check=True, capture_output=True)
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"clean build of assay: {time.perf_counter() - start:.0f} s, CPU {cpu:.0f} s ({' '.join(clean)})")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), sys.argv[3:] if sys.argv[2:3] == ["--clean"] else None)
