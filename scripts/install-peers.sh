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
    rm -rf "${dir:?}/$name"
    python3 -m venv "$dir/$name"
    "$dir/$name/bin/pip" --quiet --disable-pip-version-check install "$@"
    echo "$*" > "$ready"
}

environment venv numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 lightgbm==4.7.0 glum==3.4.1 polars==2.1.0
# The Open Bandit Pipeline pins packages that do not install beside each other any more; it works with these. Torch comes along: it imports it.
environment venv-obp numpy==1.26.4 scikit-learn==1.3.2 scipy==1.11.4 pandas==2.1.4 pandas-flavor==0.8.1 pyieoe matplotlib seaborn PyYAML tqdm torch
"$dir/venv-obp/bin/python" -c 'import obp' 2> /dev/null || "$dir/venv-obp/bin/pip" --quiet install --no-deps --ignore-requires-python obp==0.5.7
