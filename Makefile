# A table of contents. Each line below is one command of the project; what it does is in the script it names.
# Outputs of `demo` and `bench` go to ./target; what cargo builds goes to the cache, shared by every clone.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/borne
export CARGO_TARGET_DIR ?= $(CACHE)/target
export PATH := $(PATH):$(HOME)/.cargo/bin
BIN := $(CARGO_TARGET_DIR)/debug
SIZE ?= 1280x800
SECONDS ?= 10
SESSIONS ?= 200
.PHONY: help run demo tap test test-security test-layers test-image test-image-short test-image-again test-install soak-power soak check fuzz bench setup build image check-image newcomer packages
.NOTPARALLEL:

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

run: build-run ## the town, the gateway and a terminal to try, until Ctrl-C
	@tests/as-root $(BIN)/borne-run $(SIZE)

tap: ## CARD=<agent>: lays the agent's badge on the reader of the running terminal
	@tests/as-root env BORNE_PN532=/var/tmp/borne/terminal/reader $(BIN)/borne-tap $(CARD)

demo: build-demo ## [SIZE=1280x800] a whole visit, scripted: pictures and timeline in target/demo
	@tests/as-root $(BIN)/borne-demo $(SIZE)

test: setup-test build-all check ## everything, with the whole chain; <= 30 minutes on 2 cores
	@tests/run-tests

test-security: setup-test build-all ## only the ways out and the wipe; target/security.json, docs/ESCAPES.md
	@tests/run-security

soak: setup-test build-all ## [SESSIONS=200] in a row: what the long-lived processes grow by; into target/security.json
	@tests/as-root $(BIN)/borne-soak $(SESSIONS)

test-layers: setup-test build-all ## removes one layer of the lock-down at a time; some test must then fail (needs a clean tree)
	@tests/security/without

test-image: setup-image ## the whole card booted in QEMU, and tried from outside; 40 minutes; target/image.json
	@tests/image/run all

test-image-short: setup-image ## of it: boot, a visit with its RAM search, the other slot, three cuts of the power; 10 minutes
	@tests/image/run short

test-image-again: setup-image ## builds the card a second time, elsewhere: the same, byte for byte; ten minutes
	@tests/image/again

test-install: setup-install ## the gateway's package on a fresh Debian 12 and 13, from apt to an agent's inbox; target/install.json
	@BORNE_PACKAGES=$(shell uname -m)-unknown-linux-gnu gateway/packaging/setup
	@tests/install/run

soak-power: setup-image ## two hundred cuts of the power at bad moments; some hours
	@tests/image/run soak

check: setup-check ## format, lints, licences, house rules
	@tests/check

fuzz: setup-fuzz ## [SECONDS=10] for each target: everything that parses what a peer sends
	@tests/fuzz/run $(SECONDS)

bench: setup-bench build-all ## measures; target/bench.json
	@tests/as-root $(BIN)/borne-bench

newcomer: ## a bare Debian, and how long `make run` takes there until its first picture; target/newcomer.json
	@tests/newcomer

setup: setup-all ## installs what this machine lacks for all of them

build: build-all

packages: setup-packages ## Debian packages of the gateway, amd64 and arm64, into target/packages
	@gateway/packaging/setup
	@gateway/packaging/build

image: ## BOARD=rpi3|rpi4|rpi5|qemu: the card of a board and its update, from nothing, in ten hours or so; can be stopped and resumed
	@image/scripts/build $(BOARD)

check-image: setup-check-image ## BUILDROOT_DIR=… [LINUX_DIR=…]: Buildroot's and the kernel's own checkers on image/, two minutes
	@image/scripts/check-image "$(BUILDROOT_DIR)" "$(LINUX_DIR)"

# What a command needs: tests/setup and tests/build know their lists.
setup-%:
	@tests/setup $*
build-run build-demo: build-%: setup-%
	@tests/build $*
build-all: setup-build
	@tests/build all
