"""Off-policy estimates with bootstrap intervals."""
from . import Check, Peer, timed


def obp(folder, size):
    """One estimator, dr, on the deals that ours wrote: two actions, the taken one with the propensity that gives its weight."""
    import logging
    import warnings
    import numpy as np
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    from obp.ope import DoublyRobust
    reward, weight, taken, strategy = (np.fromfile(f"{folder}/ope_{name}.f64") for name in ("reward", "weight", "taken", "strategy"))
    chosen = np.clip(weight, 0.01, 1)
    distribution = np.stack([chosen, 1 - chosen], 1)[:, :, None]
    other = np.where(chosen < 1, (strategy - chosen * taken) / np.maximum(1 - chosen, 1e-9), 0)
    rewards = np.stack([taken, other], 1)[:, :, None]
    first = np.zeros(size, dtype=int)
    interval, facts = timed(size, lambda: DoublyRobust().estimate_interval(
        reward=reward, action=first, position=first, pscore=chosen / weight, action_dist=distribution,
        estimated_rewards_by_reg_model=rewards, alpha=0.05, n_bootstrap_samples=1000, random_state=1))
    lower, upper = (next(v for k, v in interval.items() if f"({side})" in k) for side in ("lower", "upper"))
    return facts | {"dr_width": upper - lower}


# 1,000 draws give a width to about 4 %.
WIDTH = Check("width of dr's interval against theirs", lambda ours, theirs: abs(ours["dr_width"] / theirs["dr_width"] - 1), 0.15)

PEERS = [
    # All estimators of ours for one of theirs.
    Peer("bootstrap", "obp, dr alone", obp, 10_000, times=1 / 0.3, table=None, arguments=("--data",), checks=(WIDTH,), environment="venv-obp",
         packages=("obp",)),
]
