# SOGo's shared cache, which also holds its CAS sessions.
# shellcheck shell=bash

memcached_up() {
  alive memcached && return 0
  start memcached memcache memcached -l 127.0.0.1 -p "$MEMCACHED_PORT" -U 0 -m 32
  ready memcached "$MEMCACHED_PORT"
}
