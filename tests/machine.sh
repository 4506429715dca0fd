#!/bin/sh
# The programs that the tests drive: PostgreSQL 15 or newer, Chromium, npm, Java. On Debian as root what is missing is
# installed; elsewhere it is named, and that is a failure.
set -eu

postgres() { for d in /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin /opt/homebrew/bin; do [ -x "$d/initdb" ] && return 0; done; return 1; }
chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

missing=""
postgres || missing="$missing postgresql"
chromium || missing="$missing chromium"
command -v npm >/dev/null || missing="$missing npm"
command -v java >/dev/null || missing="$missing default-jre-headless"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "The tests need programs that are not on this machine:$missing." >&2
echo "Install them with your system's package manager, then run make test again." >&2
exit 1
