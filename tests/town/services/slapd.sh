# The directory: OpenLDAP, with the agents of agents.tsv.
# shellcheck shell=bash

slapd_up() {
  alive slapd && return 0
  local home=$STATE/ldap seed
  mkdir -p "$home"
  render slapd.conf.in "$home/slapd.conf"
  if [[ ! -e $home/seeded ]]; then
    rm -rf "$home/db"
    mkdir "$home/db"
    seed=$home/seed.ldif
    (umask 077 && "$PYTHON" -IB "$TOWN/seed/directory.py" "$BASE_DN" "$DOMAIN" "$AGENTS" "$SERVICES" "$STATE/secrets" >"$seed")
    slapadd -q -f "$home/slapd.conf" -l "$seed"
    rm "$seed"
    : >"$home/seeded"
  fi
  chown -R openldap:openldap "$home/db"
  start slapd root slapd -d 0 -u openldap -g openldap -f "$home/slapd.conf" \
    -h "ldap://127.0.0.1:$LDAP_PORT ldaps://$GROUPWARE_ADDRESS:$LDAPS_PORT"
  ready slapd "$LDAP_PORT"
  say "slapd"
}
