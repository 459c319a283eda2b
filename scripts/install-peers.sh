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
