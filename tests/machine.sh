#!/bin/sh
# The programs that the tests need: what makes .venv, PostgreSQL 15 or newer, Chromium, npm, Java, nginx, pgbouncer,
# systemd-analyze, openssl, curl, and a library; with the word venv, the first alone; with the word torture, what its
# attacks need too; with the word bench, what `make bench` needs. One counts if it runs. On Debian as root what is missing
# is installed; elsewhere it is named, and that is a failure.
set -eu

runs() { command -v "$1" >/dev/null && "$@" >/dev/null 2>&1; }

has_venv() { runs "${PYTHON:-python3}" -c 'import ensurepip, venv'; }
has_chromium() { runs chromium --version || runs chromium-browser --version || runs google-chrome --version; }
has_nginx() { runs nginx -v || runs /usr/sbin/nginx -v; }
# It says its version and fails.
has_wrk() { command -v wrk >/dev/null; }
has_pgbouncer() { runs pgbouncer --version || runs /usr/sbin/pgbouncer --version; }
# The Node that drives the browser is not Debian's own and needs it.
has_libatomic() {
    for file in /usr/lib/*/libatomic.so.1 /usr/lib64/libatomic.so.1 /usr/lib/libatomic.so.1; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}
has_postgres() {
    # It refuses to run as root, who hands it to this user.
    [ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1 || return 1
    for initdb in /usr/lib/postgresql/*/bin/initdb "$(command -v initdb || :)"; do
        version=$("$initdb" --version 2>/dev/null) || continue
        version=${version#*) }
        [ "${version%%[!0-9]*}" -lt 15 ] || return 0
    done
    return 1
}

look() {
    missing=""
    if [ "$1" = venv ]; then
        has_venv || missing="$missing python3-venv"
        return
    fi
    [ -x .venv/bin/python ] || has_venv || missing="$missing python3-venv"
    has_postgres || missing="$missing postgresql"
    if [ "$1" = bench ]; then
        has_nginx || missing="$missing nginx"
        has_wrk || missing="$missing wrk"
        return
    fi
    has_chromium || missing="$missing chromium"
    runs npm --version || missing="$missing npm"
    runs java -version || missing="$missing default-jre-headless"
    has_nginx || missing="$missing nginx"
    has_pgbouncer || missing="$missing pgbouncer"
    runs systemd-analyze --version || missing="$missing systemd"
    runs openssl version || missing="$missing openssl"
    runs curl --version || missing="$missing curl"
    has_libatomic || missing="$missing libatomic1"
    if [ "$1" = torture ]; then
        runs sqlmap --version || missing="$missing sqlmap"
        runs faketime --version || missing="$missing faketime"
    fi
}

for_what=${1:-tests}
look "$for_what"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
        echo "apt-get could not install:$missing." >&2
        exit 1
    }
    look "$for_what"
    [ -n "$missing" ] || exit 0
    echo "These were installed, and still are too old or do not run:$missing." >&2
    echo "The oldest Debian that has all of them is 12." >&2
    exit 1
fi
echo "These programs are missing, too old or do not run:$missing." >&2
if command -v apt-get >/dev/null; then
    echo "Install them as root, then run make again:" >&2
    echo "    apt-get update && apt-get install --no-install-recommends$missing" >&2
else
    echo "They are named as in Debian. Install them with your system's package manager, then run make again." >&2
fi
exit 1
