# SOGo's database. Its state can be made again at will, so nothing is flushed to disk.
# shellcheck shell=bash

postgres_up() {
  alive postgres && return 0
  local home=$STATE/postgres
  if [[ ! -e $home/seeded ]]; then
    rm -rf "$home"
    install -d -o postgres -g postgres -m 0700 "$home"
    as_postgres "$PG_BIN/initdb" -D "$home" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions \
      >"$STATE/log/initdb.log"
    : >"$home/new"
  fi
  # It was killed with its namespace; the pid it left names somebody else by now.
  rm -f "$home/postmaster.pid"
  install -d -o postgres -g postgres -m 0755 /run/postgresql
  start postgres postgres "$PG_BIN/postgres" -D "$home" -c listen_addresses=127.0.0.1 -c port="$POSTGRES_PORT" \
    -c unix_socket_directories=/run/postgresql -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c shared_buffers=32MB -c max_connections=60 -c autovacuum=off -c jit=off
  ready postgres "$POSTGRES_PORT"
  wait_for 30 "postgres accepting queries" sql postgres 'select 1' >/dev/null
  if [[ -e $home/new ]]; then
    sql postgres 'create role sogo login'
    sql postgres 'create database sogo owner sogo'
    mv "$home/new" "$home/seeded"
  fi
  say "postgres"
}

as_postgres() { (cd / && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }
sql() { "$PG_BIN/psql" -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres -v ON_ERROR_STOP=1 -qAt -d "$1" -c "$2"; }
