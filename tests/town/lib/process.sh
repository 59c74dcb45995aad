# Processes of the hall's own PID namespace. The records live in the namespace's own /run, so they vanish with it and a
# stale one cannot exist. Sourced inside the namespace only.
# shellcheck shell=bash
RECORDS=/run/town

# start NAME USER COMMAND...: a plain background process in a session of its own, its output under log/.
start() {
  local name=$1 user=$2
  shift 2
  bury "$name"
  local as=()
  [[ $user == root ]] || as=(setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups)
  setsid "${as[@]}" "$@" </dev/null >>"$STATE/log/$name.log" 2>&1 &
  echo $! >"$RECORDS/$name"
}

alive() { [[ -s $RECORDS/$1 ]] && kill -0 "$(<"$RECORDS/$1")" 2>/dev/null; }

# ready NAME PORT [ADDRESS]: it listens; or it died meanwhile, and then there is no point in waiting longer.
ready() {
  local name=$1 port=$2 address=${3:-127.0.0.1}
  wait_for 30 "$name" listening_or_dead "$name" "$address" "$port"
  alive "$name" || die "$name ended at once: see $STATE/log/$name.log"
}
listening_or_dead() { port_open "$2" "$3" || ! alive "$1"; }

# stop NAME: ends the whole process group. Half a second to end well; sogod would take ten.
stop() {
  alive "$1" || return 0
  kill -TERM -- "-$(<"$RECORDS/$1")" 2>/dev/null || true
  gone "$1" 25 || bury "$1"
  rm -f "$RECORDS/$1"
}

# bury NAME: kills what is left of its process group: children outlive a master that was killed, and keep its port.
bury() {
  [[ -s $RECORDS/$1 ]] || return 0
  kill -KILL -- "-$(<"$RECORDS/$1")" 2>/dev/null || true
  gone "$1" 250 || die "$1: cannot be killed"
}

gone() { # gone NAME TRIES: true once no process of its group is left
  local tries
  for ((tries = 0; tries < $2; tries++)); do
    kill -0 -- "-$(<"$RECORDS/$1")" 2>/dev/null || return 0
    sleep 0.02
  done
  return 1
}
