# The mailboxes: IMAP for SOGo, LMTP for the mail server.
# shellcheck shell=bash

dovecot_up() {
  alive dovecot && return 0
  local home=$STATE/dovecot
  mkdir -p "$home"
  if [[ ! -e $home/seeded ]]; then
    rm -rf "$STATE/mail"
    mkdir "$STATE/mail"
    "$PYTHON" -IB "$TOWN/seed/mail.py" "$AGENTS" "$DOMAIN" "$STATE/mail"
    chown -R mail:mail "$STATE/mail"
    : >"$home/seeded"
  fi
  # Dovecot's user runs it, and may not read a clone in somebody's home.
  install -m 0755 "$TOWN/services/cas-checkpassword" "$home/cas-checkpassword"
  LDAP_DOVECOT_PASSWORD=$(<"$STATE/secrets/ldap-dovecot")
  render "$DOVECOT_CONF" "$home/dovecot.conf" 0600
  if [[ $DOVECOT_CONF == dovecot-2.3* ]]; then
    render dovecot-ldap.conf.in "$home/dovecot-ldap.conf" 0600
  else
    render cas.lua.in "$home/cas.lua"
  fi
  # The tickets Dovecot found good: in memory, Dovecot's alone, gone with the town.
  install -d -o dovecot -g dovecot -m 0700 /run/cas-tickets
  start dovecot root dovecot -F -c "$home/dovecot.conf"
  ready dovecot "$IMAP_PORT"
  ready dovecot "$LMTP_PORT"
  say "dovecot"
}
