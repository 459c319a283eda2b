"""Trains LightGBM on the encoded matrix and split that a test wrote, and prints its held-out AUC as JSON.

usage: lightgbm_auc.py DIR, with in DIR
  X.f64  rows x columns doubles, column after column, NaN = missing, categorical values as codes
  y.f64  one double a row
  part.u8  0 = train, 1 = validation, 2 = calibration, 3 = test, one byte a row
  case.json  {"columns": p, "categorical": [indices], "parameters": {LightGBM's names}}
"""
import json
import sys

import lightgbm as lgb
import numpy as np
from sklearn.metrics import roc_auc_score

folder = sys.argv[1]
case = json.load(open(f"{folder}/case.json"))
y = np.fromfile(f"{folder}/y.f64")
X = np.fromfile(f"{folder}/X.f64").reshape(case["columns"], -1).T
part = np.fromfile(f"{folder}/part.u8", dtype=np.uint8)

parameters = dict(case["parameters"])
rounds = parameters.pop("num_iterations")
parameters.update(objective="binary", num_threads=2, verbosity=-1, deterministic=True, force_row_wise=True)
train = lgb.Dataset(X[part == 0], y[part == 0], categorical_feature=case["categorical"] or "auto")
model = lgb.train(parameters, train, rounds)
print(json.dumps({"auc": roc_auc_score(y[part == 3], model.predict(X[part == 3]))}))
