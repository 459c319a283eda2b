"""Exact policy trees."""
from . import Check, Peer, timed


def streed(folder, size):
    """STreeD's exact search by dynamic programming, over every cut of every feature as a binary one and the scores as costs of each deal."""
    import numpy as np
    from pystreed import STreeDInstanceCostSensitiveClassifier
    features = np.fromfile(f"{folder}/policy_features.f64").reshape(-1, size)
    scores = np.fromfile(f"{folder}/policy_scores.f64").reshape(size, -1)
    above = np.concatenate([column[:, None] > np.unique(column)[None, :-1] for column in features], 1)
    costs = scores.max(1, keepdims=True) - scores
    solver = STreeDInstanceCostSensitiveClassifier(max_depth=2, time_limit=3600)
    _, facts = timed(size, lambda: solver.fit(above, costs))
    return facts | {"value": scores[np.arange(size), solver.predict(above).astype(int)].mean()}


# Both are exact, so that what their trees are worth differs by rounding.
VALUE = Check("value apart by", lambda ours, theirs: abs(ours["value"] - theirs["value"]), 1e-12)

PEERS = [
    Peer("policy-tree", "STreeD, depth 2, 64 bins", streed, 20_000, table=None, arguments=("--data",), is_slow=True, checks=(VALUE,), environment="venv-streed",
         packages=("pystreed",)),
]
