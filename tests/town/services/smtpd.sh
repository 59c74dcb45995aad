# The mail server: OpenSMTPD, from SOGo to Dovecot's LMTP. Its paths are fixed at build time, so it gets a mount
# namespace in which they are ours.
# shellcheck shell=bash

smtpd_up() {
  alive smtpd && return 0
  local home=$STATE/smtpd
  install -d -m 0755 "$home/spool"
  install -d -m 0711 "$home/spool/smtpd" # what smtpd itself insists on
  cut -f1 "$AGENTS" | sed "s/.*/&@$DOMAIN mail/" >"$home/recipients"
  render smtpd.conf.in "$home/smtpd.conf"
  start smtpd root unshare --mount --propagation slave -- sh -c '
    mount --bind "$1/spool" /var/spool &&
    exec smtpd -d -f "$1/smtpd.conf"' smtpd "$home"
  ready smtpd "$SMTP_PORT"
  say "smtpd"
}
