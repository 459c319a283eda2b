"""L2 logistic regression with C = 1 on dense standardised designs, to a gradient of 1e-8 of that at 0."""
from . import Check, Peer, load, timed


def logistic(fit):
    """A peer from `fit`: (X, y) -> coefficients, intercept."""
    def run(folder, size):
        import numpy as np
        X, y, _ = load(folder, size)
        (w, b), facts = timed(size, lambda: fit(X, y))
        margins = X @ w + b
        residual = 1 / (1 + np.exp(-margins)) - y
        # The constant model has no gradient in the intercept.
        start = np.linalg.norm(X.T @ (y.mean() - y))
        gradient = np.linalg.norm(np.r_[X.T @ residual + w, residual.sum()])
        return facts | {"relative_gradient": gradient / start, "log_loss": float(np.mean(np.logaddexp(0, margins) - y * margins))}
    return run


def newton_cholesky(X, y):
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(C=1, solver="newton-cholesky", tol=1e-8, max_iter=100).fit(X, y)
    return model.coef_[0], model.intercept_[0]


def glum(X, y):
    # The loosest tolerance that still brings the gradient below 1e-8; tighter ones stall at what rounding leaves.
    from glum import GeneralizedLinearRegressor
    model = GeneralizedLinearRegressor(family="binomial", alpha=1 / len(y), l1_ratio=0, solver="irls-ls", gradient_tol=1e-7, max_iter=100).fit(X, y)
    return model.coef_, model.intercept_


CHECKS = (
    Check("relative gradient", lambda ours, _: ours["relative_gradient"], 1e-8),
    Check("theirs", lambda _, theirs: theirs["relative_gradient"], 1e-8),
    Check("log-loss apart by", lambda ours, theirs: abs(ours["log_loss"] - theirs["log_loss"]), 1e-9),
)
SOLVERS = [("scikit-learn newton-cholesky", newton_cholesky, "scikit-learn"), ("glum", glum, "glum")]
PEERS = [Peer(work, name, logistic(fit), size, times=times, table=("--columns", str(columns)), checks=CHECKS, packages=(package,))
         for work, size, columns, times in (("logistic-long", 1_000_000, 100, 4), ("logistic-wide", 200_000, 300, 5))
         for name, fit, package in SOLVERS]
