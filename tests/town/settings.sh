# Names, addresses and ports of the town. Ports are fixed because every town has network namespaces of its own.
# shellcheck shell=bash disable=SC2034
DOMAIN=mairie.example
GROUPWARE_HOST=groupware.$DOMAIN
GATEWAY_HOST=passerelle.$DOMAIN
LDAP_HOST=ldap.$DOMAIN
GROUPWARE_ADDRESS=10.77.0.10
GATEWAY_ADDRESS=10.77.0.11
TERMINAL_ADDRESS=10.77.0.20
# For the hostile sites of the security suite; nobody is there by itself.
TRAP_ADDRESS=10.77.0.12
ELSEWHERE_ADDRESS=10.77.0.13
BASE_DN=dc=mairie,dc=example
BORNE_DN=cn=borne,ou=services,$BASE_DN

# On the hall's loopback only.
SMTP_PORT=10025
LMTP_PORT=10024
IMAP_PORT=143
LDAP_PORT=389
POSTGRES_PORT=5432
MEMCACHED_PORT=11211
SOGO_CAS_PORT=20000
SOGO_PASSWORD_PORT=20001
# On the wire.
HTTPS_PORT=443
PASSWORD_LOGIN_PORT=8443
LDAPS_PORT=636

STATE=$(realpath -m "${BORNE_TOWN:-/var/tmp/borne/town}")
export BORNE_TOWN=$STATE
AGENTS=$TOWN/agents.tsv
SERVICES=$TOWN/services.tsv
export LC_ALL=C.UTF-8
