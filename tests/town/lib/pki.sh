# The town's own certificate authority, its servers' certificates, and for the tests three wrong ones of the groupware.
# shellcheck shell=bash
PKI=$STATE/pki

pki_make() {
  [[ -s $PKI/bundle.pem ]] && return 0
  local name
  mkdir -p "$PKI/bad"
  (
    umask 077
    cd "$PKI" || exit
    authority
    issue groupware "$GROUPWARE_HOST" &
    issue passerelle "$GATEWAY_HOST" &
    issue ldap "$LDAP_HOST" &
    issue bad/wrong-host "autre.$DOMAIN" &
    expired bad/expired "$GROUPWARE_HOST" &
    self_signed bad/self-signed "$GROUPWARE_HOST" &
    wait
    for name in groupware passerelle ldap bad/wrong-host bad/expired bad/self-signed; do
      [[ -s $name.crt ]] || die "openssl made no certificate $name"
    done
    chmod 644 ./*.crt bad/*.crt ca.pem
    chgrp openldap ldap.key && chmod 640 ldap.key # slapd reads it as its own user
  )
  chmod 755 "$PKI" "$PKI/bad"
  serve_certificate good
  cat /etc/ssl/certs/ca-certificates.crt "$PKI/ca.pem" >"$PKI/bundle.pem.new"
  chmod 644 "$PKI/bundle.pem.new"
  mv "$PKI/bundle.pem.new" "$PKI/bundle.pem"
}

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

authority() {
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 3650 -subj '/O=Mairie de démonstration/CN=Autorité de la mairie' -utf8 \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem
}

server_extensions() {
  printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\nbasicConstraints=CA:FALSE\n' "$1"
}

request() {
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr"
}

issue() { # issue FILE HOST
  request "$1" "$2"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 15)" -days 820 \
    -extfile <(server_extensions "$2") -out "$1.crt" 2>/dev/null
  rm "$1.csr"
}

expired() { # `openssl x509 -req` cannot date a certificate in the past; `openssl ca` can
  request "$1" "$2"
  : >"$1.index"
  openssl ca -batch -config <(printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s.index\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n' "$1") \
    -notext -md sha256 -cert ca.pem -keyfile ca.key -in "$1.csr" -outdir "$(dirname "$1")" \
    -startdate 20240101000000Z -enddate 20250101000000Z -extfile <(server_extensions "$2") -out "$1.crt" 2>/dev/null
  rm -f "$1.csr" "$1".index* bad/*.pem
}

self_signed() {
  new_key "$1.key"
  openssl req -x509 -new -key "$1.key" -days 820 -subj "/CN=$2" -addext "subjectAltName=DNS:$2" -out "$1.crt"
}

# serve_certificate good|expired|self-signed|wrong-host: what nginx shows at its next (re)load.
serve_certificate() {
  local stem
  case $1 in
  good) stem=groupware ;;
  expired | self-signed | wrong-host) stem=bad/$1 ;;
  *) die "no such certificate: $1 (good, expired, self-signed, wrong-host)" ;;
  esac
  ln -sfn "$stem.crt" "$PKI/served.crt"
  ln -sfn "$stem.key" "$PKI/served.key"
}
