"""Times Assay beside its peers on the same generated data, and prints how many times as fast it is, against the bar for each work.

usage: bench_peers.py PATH/TO/AssayBenchmarks PEERS [--pairs 5] [--threads 1] [--scale 1] [--quick] [--work train,csv,...] [--json FILE]

PEERS is the folder that install-peers.sh filled. Ours and theirs alternate, each measurement in a process of its own, and the ratio
is the median over the pairs, so that other load of the machine falls on both. What counts is the time for the work alone, from
data in memory (CSV: from the file) to the result: CPU time with one thread, wall time with more. What the peers are spared:
Python's start, loading the data, and for linear models the design matrix.

With one thread OpenMP waits passively, since a peer whose threads spin beside other work becomes many times slower; with more it
waits actively, which on a quiet machine is faster for the peer.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from peers import estimators, linear, models, policies, scoring, tables, trees

PEERS = trees.PEERS + scoring.PEERS + linear.PEERS + tables.PEERS + estimators.PEERS + policies.PEERS
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS")


class Bench:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.tables = {}
        self.models = os.path.join(folder, "models")

    def process(self, command, path=""):
        threads = self.arguments.threads
        environment = os.environ | {name: str(threads) for name in THREAD_VARIABLES} | {"OMP_WAIT_POLICY": "PASSIVE" if threads == 1 else "ACTIVE"}
        if path:
            environment["PYTHONPATH"] = os.path.join(self.arguments.peers, path)
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}\n{done.stderr or done.stdout}")
        return json.loads(done.stdout.splitlines()[-1])

    def table(self, peer, size):
        """The folder of a peer's table, written at its first use; one at a time, since some are big."""
        if peer.table is None:
            return self.folder
        key = (peer.table, size)
        if key not in self.tables:
            for old in self.tables.values():
                subprocess.run(["rm", "-rf", old], check=True)
            target = os.path.join(self.folder, f"table{len(self.tables)}")
            plain = [argument for argument in peer.table if isinstance(argument, str)]
            self.process([self.arguments.binary, "write", "--size", str(size), "--out", target] + plain)
            for name, options in (argument for argument in peer.table if not isinstance(argument, str)):
                self.process([self.arguments.binary, "write", "--out", os.path.join(target, name), *options])
            self.tables = {key: target}
        return self.tables[key]

    def train(self, name):
        """Trains a peer's model at its first use."""
        model = models.MODELS[name]
        if os.path.exists(os.path.join(self.models, model.file)):
            return
        if not os.path.exists(self.models):
            os.mkdir(self.models)
            self.process([self.arguments.binary, "write", "--size", str(models.TRAIN_ROWS), "--out", os.path.join(self.models, "table")])
        python = os.path.join(self.arguments.peers, model.environment, "bin", "python")
        self.process([python, __file__, "--train", name, self.models], model.path)

    def compare(self, index, peer):
        python = os.path.join(self.arguments.peers, peer.environment, "bin", "python")
        size, peer_size = (max(1, round(n * self.arguments.scale)) for n in (peer.size, peer.peer_size or peer.size))
        head = f"{peer.work:<16}{size:>9}  {peer.name:<30}"
        if not os.path.exists(python):
            print(f"{head}skipped: no {python}")
            return True
        folder = self.table(peer, max(size, peer_size, peer.table_rows))
        own = [self.arguments.binary, peer.work, "--json", "-", "--runs", "1", "--size", str(size), "--threads", str(self.arguments.threads)]
        if peer.model:
            self.train(peer.model)
        for argument in peer.arguments:
            own += [argument, folder] if argument == "--data" else [argument.format(folder=folder, models=self.models)]
        pairs = []
        for _ in range(self.arguments.pairs):
            pairs.append((self.process(own), self.process([python, __file__, "--measure", str(index), folder, str(peer_size)], peer.path)))
        return self.report(head, peer, pairs)

    def report(self, head, peer, pairs):
        key = "cpu_seconds" if self.arguments.threads == 1 else "seconds"
        ours = [pair[0][f"{key}_median"] / pair[0]["size"] for pair in pairs]
        theirs = [pair[1][key] / pair[1]["size"] for pair in pairs]
        ratio = statistics.median(b / a for a, b in zip(ours, theirs))
        verdicts = [check.verdict(*pairs[0]) for check in peer.checks]
        met = peer.times is None or ratio >= peer.times
        bar = "" if peer.times is None else f"{peer.times:g}: {'met' if met else f'MISSED by {peer.times / ratio:.2f}'}"
        scale = pairs[0][0]["size"]
        print(f"{head}{statistics.median(ours) * scale:>10.3f}{statistics.median(theirs) * scale:>10.3f}{ratio:>9.2f}  {bar:<20}"
              + "; ".join(text for text, _ in verdicts), flush=True)
        if self.arguments.json:
            with open(self.arguments.json, "a") as file:
                file.write(json.dumps({"work": peer.work, "peer": peer.name, "threads": self.arguments.threads, "ratio": ratio, "bar": peer.times,
                                       "pairs": pairs}) + "\n")
        return met and all(holds for _, holds in verdicts)


def versions(peers_folder):
    """The versions of all packages that are timed, by environment."""
    wanted = {}
    for peer in PEERS:
        wanted.setdefault((peer.environment, peer.path), set()).update(peer.packages)
    found = []
    for (environment, path), packages in wanted.items():
        if not os.path.exists(os.path.join(peers_folder, environment)):
            continue
        code = "import importlib.metadata as m, sys\nfor p in sys.argv[1:]: print(p, m.version(p))"
        done = subprocess.run([os.path.join(peers_folder, environment, "bin", "python"), "-c", code, *sorted(packages)],
                              env=os.environ | {"PYTHONPATH": os.path.join(peers_folder, path) if path else ""}, capture_output=True, text=True)
        found += done.stdout.splitlines()
    return ", ".join(found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        print(json.dumps(models.train(*sys.argv[2:])))
        sys.exit()
    if sys.argv[1:2] == ["--measure"]:
        index, folder, size = sys.argv[2:]
        print(json.dumps(PEERS[int(index)].run(folder, int(size)), default=float))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("peers")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1, help="of all sizes; bars are meant for 1")
    parser.add_argument("--quick", action="store_true", help="one pair of a tenth of all sizes, without the slowest peers: a few minutes, for a first look")
    parser.add_argument("--work", help="only these, separated by commas: " + ", ".join(dict.fromkeys(peer.work for peer in PEERS)))
    parser.add_argument("--json", help="append a line of JSON for each comparison, with all measurements")
    arguments = parser.parse_args()
    arguments.peers = os.path.abspath(arguments.peers)
    if arguments.quick:
        arguments.pairs, arguments.scale = 1, arguments.scale / 10
    works = arguments.work.split(",") if arguments.work else None
    for work in works or []:
        if work not in {peer.work for peer in PEERS}:
            parser.error(f"no work {work}")
    print(f"{versions(arguments.peers)}; {arguments.threads} thread(s), {'CPU' if arguments.threads == 1 else 'wall'} seconds, median of {arguments.pairs} pairs")
    print(f"{'work':<16}{'size':>9}  {'peer':<30}{'ours s':>10}{'theirs s':>10}{'ratio':>9}  {'bar':<20}checks")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, folder)
        results = [bench.compare(index, peer) for index, peer in enumerate(PEERS)
                   if (works is None or peer.work in works) and not (arguments.quick and peer.is_slow)]
    print(f"{sum(results)} of {len(results)} comparisons meet all bars")
