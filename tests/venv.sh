#!/bin/sh
# Makes .venv hold what locks of requirements name: sh tests/venv.sh MARK LOCK ..., where the last one includes the others.
# Each file that is installed has one of the hashes in the lock.
# .venv/MARK is a copy of what was installed. A .venv without any mark was interrupted, one whose Python finds no pip was
# made by a Python that is gone: either is made anew.
set -eu
python=${PYTHON:-python3}
mark=.venv/$1
shift

works() { .venv/bin/python -c 'import pip' 2>/dev/null && { [ -e .venv/run-installed ] || [ -e .venv/dev-installed ]; }; }
fail() { printf '%s\n' "$@" >&2; exit 1; }

if works; then
    [ "$(cat "$@")" != "$(cat "$mark" 2>/dev/null)" ] || exit 0
else
    sh tests/machine.sh venv
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
    [ -w . ] || fail "This user cannot write to $PWD, to make .venv there. Run make as the owner of that folder."
    [ ! -e .venv ] || [ -w .venv ] || fail "$PWD/.venv belongs to another user. Run make as that user, or remove .venv."
    "$python" -m venv --clear .venv || {
        rm -rf .venv
        fail "Python made no virtual environment in .venv. If it misses ensurepip or pip: apt-get install python3-venv," \
            "as root. Then run make again."
    }
fi
[ -w .venv ] || fail "$PWD/.venv belongs to another user. Run make as that user, or remove .venv."
case $mark in *dev*) echo "Installing what the tests need …" ;; *) echo "Installing what the site needs …" ;; esac
for lock; do :; done
# Twice quiet: errors only, no warnings.
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
cp requirements.lock .venv/run-installed
cat "$@" >"$mark"
