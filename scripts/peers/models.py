"""Models that peers train once for all works that use them; ours imports them, so that both answer for the same trees.

    s  200 trees of 31 leaves          d  500 trees of depth 8 (at most 255 leaves)

Trained on 50,000 rows of the generated table, categories as numbers, since not every peer knows categories.
"""
import dataclasses
import os

from . import load

TRAIN_ROWS = 50_000


@dataclasses.dataclass(frozen=True)
class Model:
    file: str
    environment: str
    path: str
    train: object  # (X, y, file) -> None


def lightgbm(leaves, depth, trees):
    def train(X, y, file):
        import lightgbm as lgb
        parameters = {"objective": "binary", "num_leaves": leaves, "max_depth": depth, "learning_rate": 0.1, "lambda_l2": 1.0, "max_bin": 255,
                      "min_data_in_leaf": 20, "verbosity": -1, "num_threads": int(os.environ["OMP_NUM_THREADS"])}
        lgb.train(parameters, lgb.Dataset(X, y), trees).save_model(file)
    return train


def xgboost(shape, trees):
    def train(X, y, file):
        import xgboost as xgb
        parameters = {"objective": "binary:logistic", "tree_method": "hist", "eta": 0.1, "max_bin": 255, "min_child_weight": 2.0,
                      "nthread": int(os.environ["OMP_NUM_THREADS"])} | shape
        xgb.train(parameters, xgb.DMatrix(X, y), trees).save_model(file)
    return train


MODELS = {
    "lightgbm-s": Model("lightgbm-s.txt", "venv", "", lightgbm(31, -1, 200)),
    "lightgbm-d": Model("lightgbm-d.txt", "venv", "", lightgbm(255, 8, 500)),
    "xgboost-s": Model("xgboost-s.json", "venv", "xgb34", xgboost({"grow_policy": "lossguide", "max_leaves": 31, "max_depth": 0}, 200)),
    "xgboost-d": Model("xgboost-d.json", "venv", "xgb34", xgboost({"max_depth": 8}, 500)),
}


def folder(table):
    """Where the models stand, beside the tables."""
    return os.path.join(os.path.dirname(os.path.abspath(table)), "models")


def train(name, target):
    """Trains a model from the table in `target`/table."""
    X, y, _ = load(os.path.join(target, "table"), TRAIN_ROWS)
    MODELS[name].train(X, y, os.path.join(target, MODELS[name].file))
    return {"model": name}


def file(table, name):
    return os.path.join(folder(table), MODELS[name].file)
