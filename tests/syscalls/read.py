#!/usr/bin/python3
"""read.py CALLS_DIRECTORY [LISTS_DIRECTORY]: which system calls each confined process made, and which its list lacks.

Duties: read strace(1)'s files, one a unit; tell programs apart by execve(2) and clone(2); count what comes after a program
has installed its filter (before that it may do what it likes). Prints `list<TAB>call<TAB>times<TAB>known|refused|NEW`.
Never: edit a list. A call is added by a person who has asked why it is made.
"""
import collections, os, re, sys

LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")
CHILD = re.compile(r"= (\d+)(?: /\* (\d+) in strace's PID NS \*/)?$")
# Program to the list it runs under from its first instruction on, because its parent had installed it.
INHERITS = {
    "bwrap": "bubblewrap", "kiosk-browser": "bubblewrap", "WebKitWebProcess": "browser", "WebKitNetworkProcess": "network-process",
    "kiosk-network-process": "browser",
}
# Refused on purpose. clone3: its flags are in memory, where no filter can read them; libc then takes clone(2).
# sched_getattr: GLib asks for what it would give to its new threads; refused, it leaves them as they are.
ON_PURPOSE = {"clone3", "sched_getattr"}
# Program to the list it installs itself.
INSTALLS = {
    "kiosk-agent": "agent", "kiosk-browser": "browser", "kiosk-cage": "cage", "kiosk-egress": "egress", "borne-gateway": "gateway", "kiosk-panel": "panel", "kiosk-reader": "reader",
    "kiosk-shell": "shell", "kiosk-supervisor": "supervisor", "kiosk-wayland-filter": "wayland-filter",
    "kiosk-network-process": "network-process",
}


class Process:
    """What runs under one pid."""

    def __init__(self, program="", list_name=None, filters=0):
        self.program, self.list, self.filters = program, list_name, filters


def read(path, seen):
    """Adds the calls of one strace file to `seen`, by list."""
    processes = collections.defaultdict(Process)
    # Of vfork(2) the child runs before the parent is told its number.
    forking = None
    for text in open(path, errors="replace"):
        line = LINE.match(text.rstrip("\n"))
        if not line:
            continue
        pid, resumed, begun, rest = line.groups()
        if pid not in processes and forking:
            processes[pid] = Process(forking.program, forking.list)
        process, call = processes[pid], resumed or begun
        if begun and process.list:
            seen[process.list][call] += 1
        failed = rest.endswith(")") or " = -1 " in rest
        if call == "execve" and begun and not failed:
            started(process, rest)
        elif call in ("clone", "fork", "vfork") and begun and rest.endswith("<unfinished ...>"):
            forking = process
        elif call in ("clone", "fork", "vfork", "clone3") and CHILD.search(rest):
            forking = None
            here, there = CHILD.search(rest).groups()
            child = processes[there or here]
            if not child.program:
                child.program, child.list = process.program, process.list
        elif call == "seccomp" and not failed and process.program in INSTALLS:
            process.filters += 1
            if process.filters >= 2:
                process.list = INSTALLS[process.program]


def started(process, rest):
    """The program changes; the filters stay."""
    path = re.match(r'"([^"]*)"', rest)
    process.program = os.path.basename(path.group(1)) if path else "?"
    process.filters = 0
    if process.list or process.program in INHERITS:
        process.list = INHERITS.get(process.program, process.list)


def lists(directory):
    """All lists, with what they include."""
    own = {}
    for name in os.listdir(directory):
        lines = [line.split("#")[0].split() for line in open(os.path.join(directory, name))]
        own[name.removesuffix(".list")] = [words for words in lines if words]

    def whole(name):
        calls = set()
        for words in own.get(name, []):
            calls |= whole(words[1]) if words[0] == "include" else {words[0]}
        return calls

    return {name: whole(name) for name in own}


def main():
    seen = collections.defaultdict(collections.Counter)
    for name in sorted(os.listdir(sys.argv[1])):
        read(os.path.join(sys.argv[1], name), seen)
    here = os.path.dirname(os.path.abspath(__file__))
    known = lists(sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "../../kiosk/harden/syscalls"))
    for name in sorted(seen):
        for call, times in sorted(seen[name].items()):
            word = "known" if call in known.get(name, ()) else "refused" if call in ON_PURPOSE else "NEW"
            print(name, call, times, word, sep="\t")


if __name__ == "__main__":
    main()
