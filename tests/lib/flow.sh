#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: flow.sh RESULTS JOBS FILE.bats...   The flow tests under prove, JOBS files at a time.
set -u
results=$1 jobs=$2
shift 2
mkdir -p "$results"
{
	REEVE_TEST_RESULTS=$results prove -j"$jobs" --exec 'sh tests/lib/bats.sh' "$@" 2>&1
	echo $? >"$results/prove.status"
} | tee "$results/prove.log"
read -r status <"$results/prove.status"
exit "$status"
