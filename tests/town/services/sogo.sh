# The groupware. sogod reads /etc/sogo/sogo.conf and nothing else, so each instance gets a mount namespace with its own.
#   sogo           CAS client of the gateway, proxy tickets towards IMAP: what the town uses
#   sogo-password  SOGo's own login form, only for the comparison of `make bench`; same mailboxes, same calendars
# shellcheck shell=bash

sogo_cas_up() {
  alive sogo && return 0
  SOGO_PORT=$SOGO_CAS_PORT SOGO_LOGIN=$(<"$TOWN/conf/sogo-cas.conf.in")
  SOGO_LOGIN=${SOGO_LOGIN//@GATEWAY_HOST@/$GATEWAY_HOST}
  SOGO_LOGIN=${SOGO_LOGIN//@GROUPWARE_HOST@/$GROUPWARE_HOST}
  sogod_start sogo
}

password_login_up() {
  alive sogo-password && return 0
  SOGO_PORT=$SOGO_PASSWORD_PORT SOGO_LOGIN=
  sogod_start sogo-password
  render nginx-password.conf.in "$STATE/nginx/vhosts/password.conf"
  nginx_reload
  ready nginx "$PASSWORD_LOGIN_PORT" "$GROUPWARE_ADDRESS"
}

sogod_start() {
  local name=$1 home=$STATE/$1
  install -d -o sogo -g sogo -m 0700 "$home" "$home/spool"
  SOGO_HOME=$home LDAP_SOGO_PASSWORD=$(<"$STATE/secrets/ldap-sogo")
  render sogo.conf.in "$home/sogo.conf" 0640 sogo
  start "$name" root unshare --mount --propagation slave -- "$BASH" -c '
    mount --bind "$1/sogo.conf" /etc/sogo/sogo.conf && . "$2" && cd "$1" &&
    exec env -i HOME="$1" PATH="$PATH" LC_ALL=C.UTF-8 LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}" \
      setpriv --reuid=sogo --regid=sogo --clear-groups sogod -WONoDetach YES' sogod "$home" "$GNUSTEP_SH"
  ready "$name" "$SOGO_PORT"
  wait_for 30 "$name answering" sogo_answers "$SOGO_PORT"
  say "$name"
}
# Any answer will do: with CAS it is a redirection.
sogo_answers() { curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$1/SOGo/"; }

calendars_up() {
  [[ -e $STATE/sogo/seeded ]] && return 0
  "$PYTHON" -IB "$TOWN/seed/calendars.py" "$AGENTS" "$SERVICES" "http://127.0.0.1:$SOGO_CAS_PORT"
  : >"$STATE/sogo/seeded"
  say "calendars"
}
