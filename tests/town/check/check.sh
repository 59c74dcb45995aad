#!/bin/bash
# check.sh: is the town what its README says? With curl and one line of bash for IMAP; 0 when every line is "ok".
# What needs a login goes through SOGo's own login form, which is started for it and ended after if it was not there.
set -euo pipefail
. "$TOWN/lib/common.sh"
. "$TOWN/versions.sh"
. "$TOWN/settings.sh"
. "$TOWN/lib/namespaces.sh"

AGENT=b.lefevre OTHER=e.benali SHARED='Répartition des chantiers' OWN='Tonte du stade'
SCRATCH=$(mktemp -d)
FAILED=0

claim() { # claim TEXT EXPECTED GOT
  if [[ $3 == "$2" ]]; then
    printf 'ok    %s\n' "$1"
  else
    printf 'FAIL  %s: expected "%s", got "%s"\n' "$1" "$2" "${3:0:200}"
    FAILED=1
  fi
}
has() { grep -qF -- "$1" && echo yes || echo no; }

hall() { enter hall "$@"; }
visit() { enter terminal curl -sS --max-time 20 --cacert "$STATE/pki/ca.pem" -b "$SCRATCH/cookies" -c "$SCRATCH/cookies" "$@"; }
post() { visit -H 'Content-Type: application/json' -d "$2" "$1" "${@:3}"; }

directory_claims() {
  local found
  found=$(LDAPTLS_CACERT=$STATE/pki/ca.pem hall ldapsearch -LLL -x -H "ldaps://$LDAP_HOST" -D "$BORNE_DN" \
    -y "$STATE/secrets/ldap-borne" -b "ou=people,$BASE_DN" '(|(uid=o.becquet)(uid=p.muller))' shadowExpire pwdAccountLockedTime || true)
  claim "the gateway's service account reads the directory over LDAPS" yes "$(has 'dn: uid=o.becquet' <<<"$found")"
  claim "an account is expired, another disabled" "yes yes" \
    "$(has 'shadowExpire: ' <<<"$found") $(has 'pwdAccountLockedTime: 000001010000Z' <<<"$found")"
  claim "nobody reads the directory without a password" no \
    "$(LDAPTLS_CACERT=$STATE/pki/ca.pem hall ldapsearch -LLL -x -H "ldaps://$LDAP_HOST" -b "$BASE_DN" 2>/dev/null | has 'dn: uid')"
}

imap_claims() {
  claim "an agent logs in to IMAP" yes "$(hall curl -sS --max-time 10 "imap://127.0.0.1/INBOX" -X 'STATUS INBOX (UNSEEN)' \
    -K - <<<"user = \"$AGENT:motdepasse-$AGENT\"" | has 'UNSEEN ')"
  claim "the disabled account does not" no "$(hall curl -sS --max-time 10 "imap://127.0.0.1/INBOX" -X 'STATUS INBOX (UNSEEN)' \
    -K - <<<'user = "p.muller:motdepasse-p.muller"' 2>/dev/null | has UNSEEN)"
}

login_claims() {
  local sogo=https://$GROUPWARE_HOST/SOGo
  claim "who has no badge is sent to the gateway, whatever headers he forges" "https://$GATEWAY_HOST/cas/login" \
    "$(visit -o /dev/null -w '%{redirect_url}' -H "x-webobjects-remote-user: $AGENT" "$sogo/" | sed 's/?.*//')"
  claim "HTTP/2, compressed, kept for a year" "2 gzip yes" "$(visit -o /dev/null -D "$SCRATCH/headers" -w '%{http_version}' --compressed \
    "$sogo.woa/WebServerResources/css/styles.css") $(sed -n 's/\r$//; s/^content-encoding: //p' "$SCRATCH/headers") $(has immutable <"$SCRATCH/headers")"
  claim "a certificate of another authority is refused" 60 \
    "$(enter terminal curl -s -o /dev/null --max-time 10 "$sogo/" && echo 0 || echo $?)"
}

groupware_claims() {
  local sogo=https://$GROUPWARE_HOST:$PASSWORD_LOGIN_PORT/SOGo mine events answer
  mine=$sogo/so/$AGENT
  answer=$(post "$sogo/connect" "{\"userName\":\"$AGENT\",\"password\":\"motdepasse-$AGENT\"}" -o /dev/null -w '%{http_code}')
  claim "SOGo's own form takes the password" 200 "$answer"
  claim "the page is in French" yes "$(visit "$mine/Mail/view" | has 'lang="fr"')"
  claim "the inbox lists its messages" yes "$(inbox "$mine" | has 'Nid-de-poule rue des Églantiers')"
  events=$(visit "$mine/Calendar/eventslist?asc=1&filterpopup=view_next14&day=&sort=start&search=title_Category_Location&value=")
  claim "the agent's own calendar shows" yes "$(has "$OWN" <<<"$events")"
  claim "so does the service's shared one" yes "$(has "$SHARED" <<<"$events")"
  claim "another agent's mailbox is refused" 403 "$(post "$sogo/so/$OTHER/Mail/0/folderINBOX/view" '{}' -o /dev/null -w '%{http_code}')"
  mail_claims "$mine"
}

inbox() { post "$1/Mail/0/folderINBOX/view" '{"sortingAttributes":{"sort":"arrival","asc":0}}'; }

mail_claims() {
  local subject="Essai à $EPOCHREALTIME" draft
  draft=$(visit "$1/Mail/0/compose" | jq -r '"folder\(.mailboxPath)/\(.draftId)"')
  claim "a mail leaves SOGo" 200 "$(post "$1/Mail/0/$draft/send" \
    "$(jq -n --arg s "$subject" --arg t "$AGENT@$DOMAIN" '{to: [$t], subject: $s, text: "Bonjour,\nà bientôt.", isHTML: false, from: $t}')" \
    -o "$SCRATCH/sent" -w '%{http_code}')"
  claim "and arrives" yes "$(wait_for 10 "the mail's delivery" arrived "$subject" >&2 && echo yes || echo no)"
  for box in INBOX Sent; do # leave the agent's boxes as they were: others take pictures of them
    enter_services doveadm -c "$STATE/dovecot/dovecot.conf" expunge -u "$AGENT" mailbox $box subject "$subject"
  done
}
arrived() {
  enter hall curl -s --max-time 5 "imap://127.0.0.1/INBOX?SUBJECT%20%22${1##* }%22" -K - <<<"user = \"$AGENT:motdepasse-$AGENT\"" |
    grep -q 'SEARCH [0-9]'
}

STARTED=
finish() {
  rm -rf "$SCRATCH"
  [[ -z $STARTED ]] || "$TOWN/town" stop sogo-password
}
trap finish EXIT

[[ -n $(held services) ]] || die "the town is not up: $TOWN/town up"
directory_claims
imap_claims
login_claims
if ! enter_services test -s /run/town/sogo-password; then
  STARTED=yes
  enter_services "$BASH" "$TOWN/services/run.sh" password-login-up
fi
groupware_claims
exit $FAILED
