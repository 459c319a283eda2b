#!/usr/bin/env bash
# Installs what Assay is timed beside, from PyPI, into folders of their own. Usage: install-peers.sh DIR
set -euo pipefail

dir=$1
mkdir -p "$dir"

# environment NAME PACKAGE...: a Python environment DIR/NAME with these packages, made anew when the list has changed.
environment() {
    local name=$1; shift
    local ready="$dir/$name/.assay-ready"
    [ -f "$ready" ] && [ "$(cat "$ready")" = "$*" ] && return
    echo "Installing from PyPI into $dir/$name: $*"
    # In one chain, since `set -e` does not hold where the caller asks whether this succeeded.
    rm -rf "${dir:?}/$name" && python3 -m venv "$dir/$name" &&
        "$dir/$name/bin/pip" --quiet --disable-pip-version-check install "$@" && echo "$*" > "$ready"
}

environment venv numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 glum==3.4.1 polars==2.1.0 shap==0.51.0

# XGBoost beside it, without what its GPU build would pull in.
if [ ! -d "$dir/xgb34/xgboost" ]; then
    echo "Installing from PyPI into $dir/xgb34: xgboost-cpu==3.4.1"
    "$dir/venv/bin/pip" --quiet --disable-pip-version-check install --no-deps --ignore-requires-python --target "$dir/xgb34" xgboost-cpu==3.4.1
fi

# fasttreeshap needs packages of its time; its rows are skipped where they do not install.
environment venv-fts numpy==1.23.5 scikit-learn==1.7.2 lightgbm==3.3.5 shap==0.45.0 xgboost==1.7.6 fasttreeshap==0.1.6 || {
    rm -rf "${dir:?}/venv-fts"
    echo "fasttreeshap did not install: its comparisons are skipped"
}

# The Open Bandit Pipeline pins packages that do not install beside each other any more; it works with these. Torch comes along: it imports
# it. It and pyIEOE, which it needs and which asks for it, are installed without what they ask for.
environment venv-obp numpy==1.26.4 scikit-learn==1.3.2 scipy==1.11.4 pandas==2.1.4 pandas-flavor==0.8.1 matplotlib seaborn PyYAML tqdm torch
"$dir/venv-obp/bin/python" -c 'import obp' 2> /dev/null ||
    "$dir/venv-obp/bin/pip" --quiet --disable-pip-version-check install --no-deps --ignore-requires-python pyieoe==0.1.1 obp==0.5.7

# Exact policy trees.
environment venv-streed numpy==2.4.6 pystreed==1.4.0
