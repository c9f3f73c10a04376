#!/bin/sh
# Fails the build when something in lcert.toml is not certified any more, or when that cannot be told.
set -eu
cd "$(dirname "$0")"
python -m pip install --quiet lcert
exec lcert-verify ci lcert.toml
