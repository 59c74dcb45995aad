#!/bin/bash
# holder.sh hall|terminal|services STATE: the process that keeps a namespace. As the services' init it also reaps.
# It must never start a service itself, and changes nothing outside the namespaces it was born in.
set -euo pipefail
house=$1 state=$2

case $house in
services)
  mount -t tmpfs -o mode=0755 tmpfs /run
  mkdir /run/town
  ;;
*)
  ip link set lo up
  mount --bind "$state/ns/hosts" /etc/hosts
  [[ $house != terminal || ! -e /etc/resolv.conf ]] || mount --bind "$state/ns/resolv.conf" /etc/resolv.conf
  [[ $house != hall ]] || mount --bind "$state/pki/bundle.pem" /etc/ssl/certs/ca-certificates.crt
  ;;
esac
: >"$state/ns/$house.ready"
while :; do
  sleep infinity &
  wait $! || true
done
