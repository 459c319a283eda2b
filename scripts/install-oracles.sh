#!/usr/bin/env bash
# Installs what tests and benchmarks compare Assay with: Go's from Debian, Python's into a folder of their own. Usage: install-oracles.sh DIR
set -euo pipefail

# Go's implementation of notes and tree proofs; its tests are skipped with a note where it cannot be had.
go=(golang-go golang-golang-x-mod-dev)
if ! dpkg-query -W "${go[@]}" >/dev/null 2>&1; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    echo "Installing from Debian: ${go[*]}"
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${go[@]}" >/dev/null 2>&1 ||
        echo "Not installed; tests against Go are skipped: ${go[*]}"
fi

dir=$1
packages=(numpy==2.4.6 scipy==1.17.1 scikit-learn==1.8.0 lightgbm==4.7.0 polars==2.1.0 rfc8785==0.1.4 cryptography==48.0.0)
ready="$dir/.ready"
[ -f "$ready" ] && [ "$(cat "$ready")" = "${packages[*]}" ] && exit 0

echo "Installing from PyPI into $dir: ${packages[*]}"
rm -rf "$dir"
python3 -m venv "$dir"
"$dir/bin/pip" --quiet --disable-pip-version-check install "${packages[@]}"
echo "${packages[*]}" > "$ready"
