"""Times Assay beside LightGBM, scikit-learn, polars and obp on the same generated data, and prints a table.

usage: bench_peers.py PATH/TO/AssayBenchmarks [--pairs 3] [--rows 200000] [--work train,predict,...]

Each measurement is a process of its own with one thread; what counts is its CPU time for the work alone, from data in memory
(CSV: from the file) to the result. Ours and theirs alternate, and the ratio is the median over the pairs, so that other
load of the machine falls on both. OpenMP waits passively: spinning threads would count as CPU time of the peer.
What the peer is spared: Python's start, loading the data, and for logistic regression building the design matrix.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

TREES = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "lambda_l2": 1.0, "max_bin": 255,
         "min_data_in_leaf": 20, "num_threads": 1, "verbosity": -1}
ITERATIONS, TRAIN_ROWS, HELD_OUT_ROWS = 200, 50_000, 50_000
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")}


def load(folder, rows=None):
    """The features in row order, which suits the peers best, the target and the numbers of levels (0 = numeric)."""
    import numpy as np
    case = json.load(open(f"{folder}/case.json"))
    X = np.fromfile(f"{folder}/X.f64").reshape(case["columns"], -1).T[:rows]
    return np.ascontiguousarray(X), np.fromfile(f"{folder}/y.f64")[:rows], case["levels"]


def timed(rows, work):
    start = time.process_time()
    result = work()
    seconds = time.process_time() - start
    return result, {"cpu_seconds": seconds, "cpu_us_per_row": seconds * 1e6 / rows}


def boosted(X, y, levels):
    import lightgbm as lgb
    categorical = [j for j, count in enumerate(levels) if count]
    return lgb.train(TREES, lgb.Dataset(X, y, categorical_feature=categorical), ITERATIONS)


def train(folder, rows):
    from sklearn.metrics import roc_auc_score
    X, y, levels = load(folder, rows)
    held_out, truth, _ = load(f"{folder}/held-out")
    model, line = timed(rows, lambda: boosted(X, y, levels))
    return line | {"auc": roc_auc_score(truth, model.predict(held_out, raw_score=True))}


def predict(folder, rows):
    model = boosted(*load(folder, TRAIN_ROWS))
    X, _, _ = load(folder, rows)
    return timed(rows, lambda: model.predict(X, raw_score=True, num_threads=1))[1]


def explain(folder, rows):
    import numpy as np
    model = boosted(*load(folder, TRAIN_ROWS))
    X, _, _ = load(folder, rows)
    contributions, line = timed(rows, lambda: model.predict(X, pred_contrib=True, num_threads=1))
    margins = model.predict(X, raw_score=True)
    return line | {"additivity_error": np.max(np.abs(contributions.sum(1) - margins) / np.maximum(1, np.abs(margins)))}


def logistic(folder, rows):
    """On the design that Assay builds: numbers with an indicator of missing, every level, all standardised."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    X, y, levels = load(folder, rows)
    columns = []
    for x, count in zip(X.T, levels):
        missing = np.isnan(x)
        columns += [x == level for level in range(count)] if count else [np.where(missing, x[~missing].mean(), x)]
        columns += [missing] if missing.any() else []
    design = np.column_stack([(c - c.mean()) / c.std() for c in columns])
    model, line = timed(rows, lambda: LogisticRegression(C=1, solver="newton-cholesky", tol=1e-10, max_iter=100).fit(design, y))
    return line | {"terms": design.shape[1], "log_loss": log_loss(y, model.predict_proba(design)[:, 1])}


def csv(folder, rows):
    import polars
    table, line = timed(rows, lambda: polars.read_csv(f"{folder}/table.csv"))
    assert table.height == rows
    return line


def bootstrap(folder, rows):
    """One estimator, dr, on the deals that ours wrote: two actions, the taken one with the propensity that gives its weight."""
    import warnings
    import numpy as np
    warnings.filterwarnings("ignore")
    from obp.ope import DoublyRobust
    reward, weight, taken, strategy = (np.fromfile(f"{folder}/ope_{name}.f64")[:rows] for name in ("reward", "weight", "taken", "strategy"))
    chosen = np.clip(weight, 0.01, 1)
    distribution = np.stack([chosen, 1 - chosen], 1)[:, :, None]
    other = np.where(chosen < 1, (strategy - chosen * taken) / np.maximum(1 - chosen, 1e-9), 0)
    rewards = np.stack([taken, other], 1)[:, :, None]
    action = np.zeros(rows, dtype=int)
    interval, line = timed(rows, lambda: DoublyRobust().estimate_interval(
        reward=reward, action=action, position=action, pscore=chosen / weight, action_dist=distribution,
        estimated_rewards_by_reg_model=rewards, alpha=0.05, n_bootstrap_samples=1000, random_state=1))
    lower, upper = (next(v for k, v in interval.items() if f"({side})" in k) for side in ("lower", "upper"))
    return line | {"dr_width": upper - lower}


# Work, its peer and function, rows of ours and theirs as shares of --rows (times are a row), and the fact that shows both are right.
WORK = [
    ("train", "LightGBM, 200 trees of 31 leaves", train, 1, 1, "auc"),
    ("predict", "LightGBM, the same kind of model", predict, 1, 1, None),
    ("explain", "LightGBM pred_contrib", explain, 0.1, 0.02, "additivity_error"),
    ("logistic", "scikit-learn newton-cholesky", logistic, 1, 1, "log_loss"),
    ("csv", "polars read_csv", csv, 1, 1, None),
    ("bootstrap", "obp, dr alone; ours all estimators", bootstrap, 0.05, 0.05, "dr_width"),
]


def run(command):
    output = subprocess.run(command, env=os.environ | ONE_THREAD | {"OMP_WAIT_POLICY": "PASSIVE"}, check=True, capture_output=True, text=True)
    return json.loads(output.stdout.splitlines()[-1])


def compare(binary, folder, arguments):
    wanted = arguments.work.split(",") if arguments.work else [work[0] for work in WORK]
    print(f"{'work':<10}{'rows':>8}{'ours s':>9}{'theirs s':>10}{'ours µs/row':>13}{'theirs µs/row':>15}{'ratio':>8}  peer; answers, ours and theirs")
    for name, peer, _, ours_share, theirs_share, fact in WORK:
        if name not in wanted:
            continue
        rows, peer_rows = round(arguments.rows * ours_share), round(arguments.rows * theirs_share)
        if name == "csv":
            try:
                import polars  # noqa: F401
            except ImportError:
                print(f"{name:<10}skipped: polars is not installed")
                continue
        if name == "bootstrap":
            try:
                import obp  # noqa: F401
            except ImportError:
                print(f"{name:<10}skipped: obp is not installed (it needs numpy below 2)")
                continue
        data = {"csv": ["--data", folder], "bootstrap": ["--out", folder]}.get(name, [])
        pairs = []
        for _ in range(arguments.pairs):
            pairs.append((run([binary, name, "--rows", str(rows), "--train-rows", str(TRAIN_ROWS)] + data),
                          run([sys.executable, __file__, "--peer", name, folder, str(peer_rows)])))
        median = lambda side, key: statistics.median(pair[side][key] for pair in pairs)
        ratio = statistics.median(theirs["cpu_us_per_row"] / ours["cpu_us_per_row"] for ours, theirs in pairs)
        answers = f"; {fact} {pairs[0][0][fact]:.6g}, {pairs[0][1][fact]:.6g}" if fact else ""
        print(f"{name:<10}{rows:>8}{median(0, 'cpu_seconds'):>9.3f}{median(1, 'cpu_seconds'):>10.3f}{median(0, 'cpu_us_per_row'):>13.3f}"
              f"{median(1, 'cpu_us_per_row'):>15.3f}{ratio:>8.1f}  {peer}{f' ({peer_rows} rows)' if peer_rows != rows else ''}{answers}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        name, folder, rows = sys.argv[2:]
        print(json.dumps(next(work[2] for work in WORK if work[0] == name)(folder, int(rows))))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--work", help="only these, separated by commas: " + ", ".join(work[0] for work in WORK))
    arguments = parser.parse_args()
    if arguments.rows < TRAIN_ROWS:
        parser.error(f"--rows must be at least {TRAIN_ROWS}: the models of predict and explain are trained on as many")
    with tempfile.TemporaryDirectory() as folder:
        run([arguments.binary, "write", "--rows", str(arguments.rows), "--out", folder])
        run([arguments.binary, "write", "--rows", str(HELD_OUT_ROWS), "--seed", "2", "--out", f"{folder}/held-out"])
        compare(arguments.binary, folder, arguments)
