#!/bin/sh
# aegis in half a minute: a daemon of its own in a fresh directory, four workflows (one of them red), and nothing left
# behind, also after Ctrl-C. Exit status 0 means that everything went as it should, the failure of `red` included.
# Needs aegisd and aegisctl on the PATH. Run by `make demo`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/aegis-demo.XXXXXX") || exit 1
daemon=

# The daemon gets its grace; whatever happens, it is gone before the directory is.
leave() {
    status=$?
    trap '' INT TERM HUP
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null
        tries=0
        while kill -0 "$daemon" 2>/dev/null && [ "$tries" -lt 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        kill -KILL "$daemon" 2>/dev/null
        wait "$daemon" 2>/dev/null
    fi
    rm -rf "$work"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
    echo "demo: $1" >&2
    echo "demo: what aegisd said:" >&2
    sed 's/^/  /' "$work/aegisd.log" >&2
    exit 1
}

# show EXIT_STATUS COMMAND...: say the command, run it, and insist on how it ends.
show() {
    expected=$1
    shift
    printf '\n$ %s\n' "$*"
    "$@"
    status=$?
    [ "$status" -eq "$expected" ] || fail "\`$*\` ended with $status, not $expected"
}

export RUNTIME_DIRECTORY="$work" AEGIS_SOCKET="$work/control.sock"
echo "aegisd in $work, gone when this ends"
aegisd --config "$here/demo.toml" --state-dir "$work/state" 2>"$work/aegisd.log" &
daemon=$!
tries=0
until aegisctl status >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null || fail "aegisd did not start"
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail "aegisd did not answer within 10 seconds"
    sleep 0.1
done

show 0 aegisctl run hello name=builder
show 0 aegisctl run build
show 0 aegisctl run flaky
show 1 aegisctl run red
show 0 aegisctl logs red --failed --no-pager
show 0 aegisctl history
show 0 aegisctl status
printf '\nfour workflows, one of them red as it should be\n'
