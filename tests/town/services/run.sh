#!/bin/bash
# run.sh up [--password-login] | stop SERVICE | reload-nginx: runs inside the services' namespaces, never outside.
# What needs nothing starts at the same time; SOGo follows its directory and its database, the calendars follow SOGo.
set -euo pipefail
. "$TOWN/lib/common.sh"
. "$TOWN/versions.sh"
. "$TOWN/settings.sh"
. "$TOWN/lib/process.sh"
for part in slapd postgres memcached dovecot smtpd sogo nginx; do . "$TOWN/services/$part.sh"; done
PATH=$PATH:/usr/sbin:/sbin

# together FUNCTION...: all at once; fails if one fails.
together() {
  local name pids=() pid
  for name; do "$name" & pids+=($!); done
  for pid in "${pids[@]}"; do wait "$pid" || exit 1; done
}

directory_database_cache() { together slapd_up postgres_up memcached_up; }
sogo_up() {
  directory_database_cache
  sogo_cas_up
}

# Mail and events are dated from the day they were made. A town that starts on another day is filled anew; one that
# runs past midnight is left alone.
fresh_day() {
  local today
  today=$(date +%F)
  [[ -z $(ls -A "$RECORDS") && $(cat "$STATE/day" 2>/dev/null) != "$today" ]] || return 0
  rm -rf "$STATE"/{ldap,mail,dovecot,postgres,sogo,sogo-password}
  echo "$today" >"$STATE/day"
}

up() {
  fresh_day
  together sogo_up dovecot_up smtpd_up nginx_up
  calendars_up
  [[ ${1:-} != --password-login ]] || password_login_up
}

case $1 in
up) up "${@:2}" ;;
stop)
  [[ -e $RECORDS/$2 ]] || die "no such service is running: $2"
  stop "$2"
  ;;
reload-nginx) nginx_reload ;;
password-login-up) password_login_up ;;
*) die "run.sh: $1?" ;;
esac
