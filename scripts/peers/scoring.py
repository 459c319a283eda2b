"""Scoring and contributions of the same trees on the same rows: LightGBM, XGBoost, shap and fasttreeshap.

Ours writes what it found for the first rows, and each peer says how far its own answer is from that.
"""
import os

from . import Check, Peer, load, models, timed

COLUMNS = 40


def threads():
    return int(os.environ["OMP_NUM_THREADS"])


def booster(folder, shape):
    import lightgbm as lgb
    return lgb.Booster(model_file=models.file(folder, f"lightgbm-{shape}"))


def xgboost_model(folder, shape):
    import xgboost as xgb
    model = xgb.Booster({"nthread": threads()}, model_file=models.file(folder, f"xgboost-{shape}"))
    model.set_param({"nthread": threads()})
    return model


def apart(folder, work, answer):
    """The largest difference from what ours wrote: one number a row, or base value and contributions."""
    import numpy as np
    ours = np.fromfile(os.path.join(folder, f"{work}.answers"))
    ours = ours if answer.ndim == 1 else ours.reshape(-1, COLUMNS + 1)
    rows = min(len(ours), len(answer))
    return {"apart": float(np.max(np.abs(ours[:rows] - answer[:rows])))}


def base_first(contributions):
    import numpy as np
    return np.column_stack([contributions[:, -1], contributions[:, :-1]])


def lightgbm_predict(folder, size):
    model, (X, _, _) = booster(folder, "s"), load(folder, size)
    margins, facts = timed(size, lambda: model.predict(X, raw_score=True, num_threads=threads()))
    return facts | apart(folder, "predict", margins)


def xgboost_predict(folder, size):
    import numpy as np
    model, (X, _, _) = xgboost_model(folder, "s"), load(folder, size)
    X = X.astype(np.float32)
    margins, facts = timed(size, lambda: model.inplace_predict(X, predict_type="margin"))
    return facts | apart(folder, "predict", margins)


def lightgbm_one(folder, size):
    """LightGBM's C interface for single rows; what Python takes to call a C function is taken off."""
    import ctypes
    import lightgbm as lgb
    import numpy as np
    model, (X, _, _) = booster(folder, "s"), load(folder, size)
    library, configuration = lgb.basic._LIB, ctypes.c_void_p()
    out, length = (ctypes.c_double * 1)(), ctypes.c_int64()
    raw_score, float64 = 1, 1
    library.LGBM_BoosterPredictForMatSingleRowFastInit(model._handle, raw_score, 0, -1, float64, COLUMNS, ctypes.c_char_p(b"num_threads=1"), ctypes.byref(configuration))
    pointers = [ctypes.c_void_p(row.ctypes.data) for row in X]
    call, out_pointer, length_pointer = library.LGBM_BoosterPredictForMatSingleRowFast, ctypes.byref(out), ctypes.byref(length)
    nothing = library.LGBM_GetLastError

    def all_rows():
        for pointer in pointers:
            call(configuration, pointer, length_pointer, out_pointer)

    def no_rows():
        for pointer in pointers:
            nothing(configuration, pointer, length_pointer, out_pointer)
    answers = np.empty(200)
    for row in range(200):
        call(configuration, pointers[row], length_pointer, out_pointer)
        answers[row] = out[0]
    _, empty = timed(size, no_rows)
    _, facts = timed(size, all_rows)
    for key in ("seconds", "cpu_seconds"):
        facts[key] -= empty[key]
    return facts | apart(folder, "predict-one", answers)


def lightgbm_explain(shape):
    def run(folder, size):
        model, (X, _, _) = booster(folder, shape), load(folder, size)
        contributions, facts = timed(size, lambda: model.predict(X, pred_contrib=True, num_threads=threads()))
        return facts | apart(folder, f"explain-{shape}", base_first(contributions))
    return run


def xgboost_explain(shape):
    def run(folder, size):
        import numpy as np
        import xgboost as xgb
        model, (X, _, _) = xgboost_model(folder, shape), load(folder, size)
        matrix = xgb.DMatrix(X.astype(np.float32), nthread=threads())
        contributions, facts = timed(size, lambda: model.predict(matrix, pred_contribs=True))
        return facts | apart(folder, f"explain-xgboost-{shape}", base_first(contributions.astype(np.float64)))
    return run


def xgboost_interactions(folder, size):
    import numpy as np
    import xgboost as xgb
    model, (X, _, _) = xgboost_model(folder, "s"), load(folder, size)
    matrix = xgb.DMatrix(X.astype(np.float32), nthread=threads())
    return timed(size, lambda: model.predict(matrix, pred_interactions=True))[1]


def explained(explainer, X):
    """Base value and contributions, whatever shape the explainer gives them."""
    import numpy as np
    values = explainer.shap_values(X, check_additivity=False)
    values = values[1] if isinstance(values, list) else values
    base = np.ravel(explainer.expected_value)[-1]
    return np.column_stack([np.full(len(X), base), values])


def shap_explain(folder, size):
    import shap
    X, _, _ = load(folder, size)
    explainer = shap.TreeExplainer(booster(folder, "s"), feature_perturbation="tree_path_dependent")
    # Else shap hands LightGBM's models to LightGBM.
    explainer.model.model_type = "internal"
    values, facts = timed(size, lambda: explained(explainer, X))
    return facts | apart(folder, "explain-s", values)


def fasttreeshap_explain(folder, size):
    import fasttreeshap
    X, _, _ = load(folder, size)
    explainer = fasttreeshap.TreeExplainer(booster(folder, "s"), algorithm="v1", n_jobs=threads())
    values, facts = timed(size, lambda: explained(explainer, X))
    return facts | apart(folder, "explain-s", values)


def shap_interventional(folder, size):
    import shap
    X, _, _ = load(folder, size)
    background, _, _ = load(os.path.join(folder, "background"))
    explainer = shap.TreeExplainer(booster(folder, "s"), data=background, feature_perturbation="interventional")
    values, facts = timed(size, lambda: explained(explainer, X))
    return facts | apart(folder, "interventional", values)


def ours(model, work):
    return ("--model", f"{{models}}/{models.MODELS[model].file}", "--answers", f"{{folder}}/{work}.answers")


def same(bound):
    return Check("apart by", lambda _, theirs: theirs["apart"], bound)


ADDS_UP = Check("additivity error", lambda ours, _: ours["additivity_error"], 1e-12)
ONE_ROW = Check("median microseconds", lambda ours, _: ours["median_us"], 6)
# Sums in float32 differ in the sixth digit.
FLOAT32 = 2e-3
# shap weighs pairs of a row and a background row in float32.
SINGLE_WEIGHTS = 1e-6


def peer(work, name, run, model, size, **more):
    """A peer whose trees ours imports; `answers` names the file of our answers, by default after the work."""
    answers = more.pop("answers", work)
    return Peer(work, name, run, size, model=model, arguments=ours(model, answers), **more)


PEERS = [
    peer("predict", "LightGBM", lightgbm_predict, "lightgbm-s", 200_000, times=15, checks=(same(0),), packages=("lightgbm",)),
    peer("predict", "XGBoost", xgboost_predict, "xgboost-s", 200_000, times=6, checks=(same(FLOAT32),), path="xgb34", packages=("xgboost-cpu",)),
    peer("predict-one", "LightGBM's C interface", lightgbm_one, "lightgbm-s", 20_000, checks=(same(0), ONE_ROW), packages=("lightgbm",)),
    peer("explain", "LightGBM pred_contrib", lightgbm_explain("s"), "lightgbm-s", 20_000, peer_size=4_000, times=40, answers="explain-s",
         checks=(ADDS_UP, same(1e-9)), packages=("lightgbm",)),
    peer("explain", "XGBoost pred_contribs", xgboost_explain("s"), "xgboost-s", 20_000, peer_size=8_000, times=12, answers="explain-xgboost-s",
         checks=(ADDS_UP, same(FLOAT32)), path="xgb34", packages=("xgboost-cpu",)),
    peer("explain", "shap", shap_explain, "lightgbm-s", 20_000, peer_size=4_000, answers="explain-s", checks=(ADDS_UP, same(1e-9)), packages=("shap",)),
    peer("explain", "fasttreeshap v1", fasttreeshap_explain, "lightgbm-s", 20_000, peer_size=4_000, answers="explain-s", checks=(ADDS_UP, same(1e-9)),
         environment="venv-fts", packages=("fasttreeshap",)),
    peer("explain", "LightGBM, 500 x depth 8", lightgbm_explain("d"), "lightgbm-d", 2_000, peer_size=150, times=40, answers="explain-d",
         checks=(ADDS_UP, same(1e-9)), packages=("lightgbm",), is_slow=True),
    peer("explain", "XGBoost, 500 x depth 8", xgboost_explain("d"), "xgboost-d", 2_000, peer_size=500, times=12, answers="explain-xgboost-d",
         checks=(ADDS_UP, same(FLOAT32)), path="xgb34", packages=("xgboost-cpu",), is_slow=True),
    peer("interventional", "shap, 100 background rows", shap_interventional, "lightgbm-s", 5_000, peer_size=300, times=60,
         table=(("background", ("--size", "100", "--seed", "2")),), checks=(ADDS_UP, same(SINGLE_WEIGHTS)), packages=("shap",)),
    peer("interactions", "XGBoost pred_interactions", xgboost_interactions, "xgboost-s", 2_000, peer_size=60, checks=(ADDS_UP,), path="xgb34",
         packages=("xgboost-cpu",)),
]
