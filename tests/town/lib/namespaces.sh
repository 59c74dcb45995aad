# The two houses and the wire between them.
#
#   hall      network + mount namespace: own /etc/hosts, own CA bundle; the groupware and the gateway live here
#   terminal  network + mount namespace: own /etc/hosts
#   services  inside the hall: PID + mount namespace of the groupware, with own /proc and /run; its init takes all with it
#
# None has a name in /run/netns: each is held by a process whose pid and start time are recorded under ns/.
# shellcheck shell=bash
NS=$STATE/ns

start_time() { # of a living pid, in ticks since boot: with the pid, it names one process for ever
  local stat
  stat=$(<"/proc/$1/stat") || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  [[ $1 != [ZX] ]] && echo "${20}" # nobody may have reaped it yet
} 2>/dev/null

record() { echo "$2 $(start_time "$2")" >"$NS/$1"; }

# held NAME: prints the pid of the process that holds NAME, if it is still that very process.
held() {
  local pid began
  read -r pid began <"$NS/$1" && [[ $(start_time "$pid") == "$began" ]] && echo "$pid"
} 2>/dev/null

enter() { # enter hall|terminal COMMAND...
  local pid house=$1
  shift
  pid=$(held "$house") || die "the town is not up (no $house): $TOWN/town up"
  nsenter --target "$pid" --mount --net --wdns="$PWD" -- "$@"
}

enter_services() {
  local pid
  pid=$(held services) || die "the town is not up: $TOWN/town up"
  nsenter --target "$pid" --mount --net --pid --wdns=/ -- "$@"
}

# hold NAME UNSHARE_ARGUMENTS...: starts the process that keeps a namespace, and waits until it has finished its setup.
hold() {
  local name=$1
  shift
  rm -f "$NS/$name.ready"
  setsid unshare "$@" -- "$BASH" "$TOWN/lib/holder.sh" "$name" "$STATE" </dev/null >>"$STATE/log/$name.log" 2>&1 &
  HOLDER=$!
  wait_for 10 "namespace $name" holder_ready_or_dead "$name" "$HOLDER"
  [[ -e $NS/$name.ready ]] || die "namespace $name could not be made: see $STATE/log/$name.log"
}
holder_ready_or_dead() { [[ -e $NS/$1.ready ]] || ! kill -0 "$2"; }

hosts() {
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$(uname -n)"
  printf '%s %s %s\n%s %s\n' "$GROUPWARE_ADDRESS" "$GROUPWARE_HOST" "$LDAP_HOST" "$GATEWAY_ADDRESS" "$GATEWAY_HOST"
}

net_of() { stat -Lc %i "/proc/$1/ns/net"; }

houses_up() {
  [[ -n $(held hall) && -n $(held terminal) && -n $(held services) ]] && return 0
  houses_down # half a town is no town
  mkdir -p "$NS"
  hosts >"$NS/hosts"
  # The terminal's name server: nobody answers there but the security suite's.
  printf 'nameserver %s\noptions timeout:2 attempts:1\n' "$ELSEWHERE_ADDRESS" >"$NS/resolv.conf"
  local hall terminal house
  for house in hall terminal; do
    hold $house --mount --net --propagation slave
    record $house "$HOLDER"
    net_of "$HOLDER" >"$NS/$house.net"
  done
  hall=$(held hall) terminal=$(held terminal)
  ip link add wire netns "$hall" type veth peer name wire netns "$terminal"
  lay_wire "$hall" "$GROUPWARE_ADDRESS" "$GATEWAY_ADDRESS" "$TRAP_ADDRESS" "$ELSEWHERE_ADDRESS"
  lay_wire "$terminal" "$TERMINAL_ADDRESS"
  hold_services "$hall"
}

# lay_wire PID ADDRESS...; the alias of lo says whose network it is, so that `down` never takes another one for ours
# (an alias of the wire would go with the other house).
lay_wire() {
  local pid=$1 address
  shift
  nsenter --target "$pid" --net ip link set lo alias "$STATE"
  nsenter --target "$pid" --net ip link set wire up
  for address; do nsenter --target "$pid" --net ip address add "$address/24" dev wire; done
}

hold_services() {
  local children
  rm -f "$NS/services.ready"
  setsid nsenter --target "$1" --mount --net -- unshare --mount --pid --fork --kill-child --mount-proc \
    --propagation slave -- "$BASH" "$TOWN/lib/holder.sh" services "$STATE" </dev/null >>"$STATE/log/services.log" 2>&1 &
  wait_for 10 "namespace services" holder_ready_or_dead services $!
  children=$(<"/proc/$!/task/$!/children") || die "namespace services could not be made: see $STATE/log/services.log"
  record services "${children%% *}"
}

# houses_down: kills the services' init (the kernel kills the rest), then whatever else still sits in our networks,
# whoever started it. Works from what is recorded only, so also after any of it was killed.
houses_down() {
  local pid house
  pid=$(held services) && { kill -KILL "$pid" 2>/dev/null || true; }
  for house in hall terminal; do
    [[ -s $NS/$house.net ]] && wait_for 15 "the end of the processes in $house" evict "$(<"$NS/$house.net")"
  done
  rm -rf "$NS"
}

# evict INODE: kills each process in that network namespace; true once there is none. An inode number may come back
# after its namespace is gone, hence the look at the alias. A process that just died shows nothing: ask the next one.
evict() {
  local pids pid network
  pids=$(stat -Lc '%i %n' /proc/[0-9]*/ns/net 2>/dev/null | awk -F'[ /]' -v net="$1" '$1 == net {print $4}')
  [[ -n $pids ]] || return 0
  for pid in $pids; do
    network=$(nsenter --target "$pid" --net ip link show lo 2>/dev/null) || continue
    [[ $network$'\n' == *"alias $STATE"$'\n'* ]] || return 0
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null || true
    break
  done
  return 1
}

wire() { nsenter --target "$(held hall)" --net ip link set wire "$1"; } # up | down, at the hall's end: as a cut cable
