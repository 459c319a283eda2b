"""Fits scikit-learn's logistic regression on the design that Assay documents, built here anew, and prints its coefficients.

usage: scikit_logistic.py DIR, with the files of lightgbm_auc.py in DIR; case.json has "C" and, for each column, "levels"
(0 = numeric). Prints {"intercept": b, "terms": [[column, kind, level, coefficient], ...]} with kind value, missing or level.
The design: numeric columns standardised by their population standard deviation, missing = mean plus an indicator; one column
for each level and for missing, none dropped, standardised likewise; constant columns left out.
"""
import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

folder = sys.argv[1]
case = json.load(open(f"{folder}/case.json"))
y = np.fromfile(f"{folder}/y.f64")
X = np.fromfile(f"{folder}/X.f64").reshape(case["columns"], -1).T
part = np.fromfile(f"{folder}/part.u8", dtype=np.uint8)
X, y = X[part == 0], y[part == 0]

names, columns = [], []


def add(name, values):
    mean, scale = values.mean(), values.std()
    if scale > 1e-12 * max(1.0, abs(mean)):
        names.append(name)
        columns.append((values - mean) / scale)


for j, levels in enumerate(case["levels"]):
    missing = np.isnan(X[:, j])
    if levels == 0:
        if missing.all():
            continue
        add([j, "value", -1], np.where(missing, X[~missing, j].mean(), X[:, j]))
    else:
        for level in range(levels):
            add([j, "level", level], (X[:, j] == level).astype(float))
    add([j, "missing", -1], missing.astype(float))

model = LogisticRegression(C=case["C"], solver="newton-cholesky", tol=1e-12, max_iter=200)
model.fit(np.column_stack(columns), y)
print(json.dumps({"intercept": model.intercept_[0],
                  "terms": [name + [value] for name, value in zip(names, model.coef_[0])]}))
