# Words every part of the town uses. Sourced; never does anything by itself.
# shellcheck shell=bash

die() {
  printf 'town: %s\n' "$*" >&2
  exit 1
}

# say TEXT: one line of progress, with the seconds since the command began.
say() {
  local now=${EPOCHREALTIME/[.,]/} begun=${TOWN_BEGUN:-${EPOCHREALTIME/[.,]/}}
  printf 'town: %5d ms  %s\n' $(((now - begun) / 1000)) "$*" >&2
}

# wait_for SECONDS WHAT COMMAND...: the one way of waiting here; bounded, and it says what it waited for.
wait_for() {
  local limit=$1 what=$2 deadline=$((SECONDS + $1 + 1))
  shift 2
  until "$@" 2>/dev/null; do
    ((SECONDS < deadline)) || die "$what: not ready after $limit s"
    sleep 0.02
  done
}

port_open() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

# render TEMPLATE TARGET [MODE [GROUP]]: replaces each @NAME@ by the variable of that name; an unknown one is an error.
# The file is never readable more widely than MODE, because some carry a bind password.
render() {
  local text name rest
  text=$(<"$TOWN/conf/$1")
  rest=$text
  while [[ $rest =~ @([A-Z][A-Z0-9_]+)@ ]]; do
    name=${BASH_REMATCH[1]}
    [[ -v $name ]] || die "conf/$1 wants @$name@, which nothing sets"
    text=${text//"@$name@"/"${!name}"}
    rest=${rest//"@$name@"/}
  done
  (umask 077 && printf '%s\n' "$text" >"$2")
  [[ -z ${4:-} ]] || chgrp "$4" "$2"
  chmod "${3:-0644}" "$2"
}
