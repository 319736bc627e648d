# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL server for tests: on a Unix socket, in a folder of its own, gone at the end. Sourced, not run.

# The server refuses to run as root: then the user that Debian's package made runs it.
postgres_as=()
[ "$(id -u)" -ne 0 ] || postgres_as=(runuser -u postgres --)

postgres_program() {
    local found
    found=$(find /usr/lib/postgresql/*/bin /usr/local/bin /usr/bin -maxdepth 1 -name "$1" 2>/dev/null | sort -V | tail -n 1)
    [ -n "$found" ] || fail "there is no $1: the tests need PostgreSQL's server." "script/bootstrap --tests installs it."
    printf '%s\n' "$found"
}

# Start one, and say by TEST_POSTGRES (a URL to which options can be added) and POSTGRES_FOLDER where it is.
start_postgres() {
    local options="-c listen_addresses='' -c shared_buffers=64MB -c max_connections=300 -c max_prepared_transactions=0"
    POSTGRES_FOLDER=$("${postgres_as[@]}" mktemp -d /tmp/latchkey-postgres-XXXXXX)
    trap stop_postgres EXIT
    quietly "$ROOT/build/postgres.log" "${postgres_as[@]}" "$(postgres_program initdb)" -D "$POSTGRES_FOLDER/data" \
        --auth=trust --username=latchkey --encoding=UTF8 --locale=C --no-sync || fail "PostgreSQL's initdb failed."
    quietly "$ROOT/build/postgres.log" "${postgres_as[@]}" "$(postgres_program pg_ctl)" -D "$POSTGRES_FOLDER/data" \
        -l "$POSTGRES_FOLDER/log" -o "$options -k $POSTGRES_FOLDER" -w -t 60 start || fail "PostgreSQL does not start."
    export POSTGRES_FOLDER TEST_POSTGRES="postgresql:///postgres?user=latchkey&host=$POSTGRES_FOLDER"
}

# Stop it at once and remove what it kept.
stop_postgres() {
    [ -n "${POSTGRES_FOLDER-}" ] || return 0
    "${postgres_as[@]}" "$(postgres_program pg_ctl)" -D "$POSTGRES_FOLDER/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$POSTGRES_FOLDER"
    POSTGRES_FOLDER=
}
