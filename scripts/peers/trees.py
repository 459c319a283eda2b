"""Boosted trees: training, scoring and contributions by LightGBM."""
from . import Check, Peer, load, timed

PARAMETERS = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "lambda_l2": 1.0, "max_bin": 255, "min_data_in_leaf": 20,
              "verbosity": -1}
ITERATIONS, TRAIN_ROWS, HELD_OUT_ROWS = 200, 50_000, 50_000


def boosted(X, y, levels):
    import os
    import lightgbm as lgb
    categorical = [j for j, count in enumerate(levels) if count]
    parameters = PARAMETERS | {"num_threads": int(os.environ["OMP_NUM_THREADS"])}
    return lgb.train(parameters, lgb.Dataset(X, y, categorical_feature=categorical), ITERATIONS)


def train(folder, size):
    from sklearn.metrics import roc_auc_score
    X, y, levels = load(folder, size)
    model, facts = timed(size, lambda: boosted(X, y, levels))
    held_out, truth, _ = load(f"{folder}/held-out")
    return facts | {"auc": roc_auc_score(truth, model.predict(held_out, raw_score=True))}


def predict(folder, size):
    model = boosted(*load(folder, TRAIN_ROWS))
    X, _, _ = load(folder, size)
    return timed(size, lambda: model.predict(X, raw_score=True))[1]


def explain(folder, size):
    import numpy as np
    model = boosted(*load(folder, TRAIN_ROWS))
    X, _, _ = load(folder, size)
    contributions, facts = timed(size, lambda: model.predict(X, pred_contrib=True))
    margins = model.predict(X, raw_score=True)
    return facts | {"additivity_error": np.max(np.abs(contributions.sum(1) - margins) / np.maximum(1, np.abs(margins)))}


TRAINING_CHECKS = (
    Check("AUC above LightGBM's by", lambda ours, theirs: ours["auc"] - theirs["auc"], -0.001, at_least=True),
    Check("memory against LightGBM's", lambda ours, theirs: ours["memory_mb"] / theirs["memory_mb"], 0.5),
)
HELD_OUT = ("held-out", ("--size", str(HELD_OUT_ROWS), "--seed", "2"))

PEERS = [
    Peer("train", "LightGBM", train, 200_000, times=2, table=(HELD_OUT,), checks=TRAINING_CHECKS, packages=("lightgbm",)),
    Peer("train", "LightGBM", train, 1_000_000, times=2, table=(HELD_OUT,), checks=TRAINING_CHECKS, packages=("lightgbm",)),
    Peer("predict", "LightGBM", predict, 200_000, times=15, table_rows=TRAIN_ROWS, packages=("lightgbm",)),
    Peer("explain", "LightGBM pred_contrib", explain, 20_000, times=40, peer_size=4_000, table_rows=TRAIN_ROWS, packages=("lightgbm",),
         checks=(Check("additivity error", lambda ours, _: ours["additivity_error"], 1e-12),)),
]
