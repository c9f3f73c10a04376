#!/bin/sh
# Prints a Python 3.11 or newer that can make virtual environments; PYTHON names one to use instead of searching.
set -eu

usable() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for name in ${PYTHON:-python3 python python3.14 python3.13 python3.12 python3.11}; do
    if path=$(command -v "$name") && usable "$path"; then
        echo "$path"
        exit 0
    fi
done
if [ -n "${PYTHON:-}" ]; then
    echo "PYTHON=$PYTHON is not a Python 3.11 or newer with venv and ensurepip." >&2
else
    echo "lcert needs Python 3.11 or newer with venv (on Debian and Ubuntu: apt-get install python3 python3-venv)." >&2
    echo "If it is installed elsewhere: make PYTHON=/path/to/python3 ..." >&2
fi
exit 1
