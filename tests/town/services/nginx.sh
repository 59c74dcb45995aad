# The only door of the groupware: TLS, compression, long-lived assets.
# shellcheck shell=bash

nginx_up() {
  alive nginx && return 0
  mkdir -p "$STATE/nginx/vhosts" /run/nginx
  alive sogo-password || rm -f "$STATE/nginx/vhosts/password.conf"
  render nginx.conf.in "$STATE/nginx/nginx.conf"
  render nginx-sogo.conf.in "$STATE/nginx/sogo.conf"
  start nginx root nginx -c "$STATE/nginx/nginx.conf" -p /run/nginx
  ready nginx "$HTTPS_PORT" "$GROUPWARE_ADDRESS"
  say "nginx"
}

# nginx_reload: returns when no worker with the old configuration takes a connection any more.
nginx_reload() {
  local master worker old
  nginx -t -q -c "$STATE/nginx/nginx.conf" -p /run/nginx
  master=$(<"$RECORDS/nginx")
  old=$(<"/proc/$master/task/$master/children")
  kill -HUP "$master"
  for worker in $old; do wait_for 10 "nginx's old worker" retired "$worker"; done
}
retired() { [[ ! -e /proc/$1 ]] || grep -qa 'shutting down' "/proc/$1/cmdline"; }
