#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run.sh RESULTS DIR [TEXT]   The tests with real agents, one after another, with what install.sh
# put into DIR.  TEXT: only those with that in their name (claude, codex, opencode, daemon, mcp).
#
# Each runs in namespaces of its own: a network of nothing but loopback, so that nobody asks a real model;
# and processes that end with it, whatever an agent leaves behind.
set -u
results=$1 dir=$2 only=${3:-}
export AGENTS_BIN="$dir/node_modules/.bin" REEVE_TEST_RESULTS="$results" REEVE_TEST_TIMEOUT=1800
map=
[ "$(id -u)" = 0 ] || map=--map-root-user
bad=0

# alone NAME FILE.bats
alone() {
	case $1 in *"$only"*) ;; *) return ;; esac
	# shellcheck disable=SC2016,SC2086 # $1 is of the inner shell; map is one word or none
	REEVE_TEST_NAME=agents_$1 unshare $map --net --pid --fork --kill-child --mount-proc \
		sh -c 'ip link set lo up && exec sh tests/lib/bats.sh "$1"' sh "tests/agents/$2.bats" || bad=1
}

for agent in claude codex opencode; do
	REEVE_TEST_AGENT=$agent
	export REEVE_TEST_AGENT
	alone "$agent" work
done
alone daemon daemon
alone mcp_clients mcp_clients
exit $bad
