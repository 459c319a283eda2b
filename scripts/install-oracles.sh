#!/usr/bin/env bash
# Installs the Python libraries that tests and benchmarks compare Assay with, into a folder of their own. Usage: install-oracles.sh DIR
set -euo pipefail

dir=$1
packages=(numpy==2.4.6 scipy==1.17.1 scikit-learn==1.8.0 lightgbm==4.7.0 polars==2.1.0 rfc8785==0.1.4)
ready="$dir/.ready"
[ -f "$ready" ] && [ "$(cat "$ready")" = "${packages[*]}" ] && exit 0

echo "Installing from PyPI into $dir: ${packages[*]}"
rm -rf "$dir"
python3 -m venv "$dir"
"$dir/bin/pip" --quiet --disable-pip-version-check install "${packages[@]}"
echo "${packages[*]}" > "$ready"
