# Processes of the hall's own PID namespace. The records live in the namespace's own /run, so they vanish with it and a
# stale one cannot exist. Sourced inside the namespace only.
# shellcheck shell=bash
RECORDS=/run/town

# start NAME USER COMMAND...: a plain background process in a session of its own, its output under log/.
start() {
  local name=$1 user=$2
  shift 2
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

# stop NAME: ends the whole process group; a program that takes its time is killed.
stop() {
  alive "$1" || return 0
  local pid
  pid=$(<"$RECORDS/$1")
  kill -TERM -- "-$pid" 2>/dev/null || true
  local deadline=$((SECONDS + 3))
  while kill -0 -- "-$pid" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.02; done
  kill -KILL -- "-$pid" 2>/dev/null || true
  rm -f "$RECORDS/$1"
}
