# Where Debian puts things, and which version of a syntax each program speaks: the only file that knows it.
# shellcheck shell=bash disable=SC2034

# shellcheck disable=SC1091
DEBIAN=$(. /etc/os-release && echo "${VERSION_ID:-unknown}")
case $DEBIAN in
12) # SOGo 5.8, PostgreSQL 15
  DOVECOT_CONF=dovecot-2.3.conf.in
  NGINX_LISTEN='ssl http2' # nginx 1.22
  NGINX_HTTP2=
  SOGO_ASSETS=/usr/lib/GNUstep/SOGo/WebServerResources
  ;;
13) # SOGo 5.12, PostgreSQL 17
  DOVECOT_CONF=dovecot-2.4.conf.in
  NGINX_LISTEN=ssl # nginx 1.26
  NGINX_HTTP2='http2 on;'
  SOGO_ASSETS=/usr/share/GNUstep/SOGo/WebServerResources
  ;;
*) die "the demo town knows Debian 12 and 13; this is $DEBIAN: see versions.sh" ;;
esac

PYTHON=/usr/bin/python3 # never another one of the PATH: a pyenv shim costs up to 0.6 s a call
PG_BIN=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
SLAPD_SCHEMA=/etc/ldap/schema
SLAPD_MODULES=/usr/lib/ldap
GNUSTEP_SH=/usr/share/GNUstep/Makefiles/GNUstep.sh
PROGRAMS=(curl dovecot initdb ip memcached nginx nsenter openssl slapadd slapd smtpd sogod unshare)
