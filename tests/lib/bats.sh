#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: bats.sh FILE   One flow test file for prove: TAP on stdout, and a copy with its count in
# $REEVE_TEST_RESULTS, by the name $REEVE_TEST_NAME if that is set.  The file gets an empty temporary
# directory, removed afterwards.
set -u
name=${REEVE_TEST_NAME:-flow_$(basename "$1" .bats)}
results=${REEVE_TEST_RESULTS:?}
mkdir -p "$results"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/rv.XXXXXX") || exit 1
TMPDIR=$tmp timeout -k 10 "${REEVE_TEST_TIMEOUT:-900}" bats --formatter tap "$1" >"$results/$name.log" 2>&1 </dev/null
status=$?
chmod -R u+rwx "$tmp" 2>/dev/null
rm -rf "$tmp"
awk -v status="$status" '
	/^ok .* # skip/ { skip++; next }
	/^ok / { ok++ }
	/^not ok / { bad++ }
	END { if (status != 0 && bad == 0) bad = 1; print ok + 0, bad + 0, skip + 0 }' \
	"$results/$name.log" >"$results/$name.count"
cat "$results/$name.log"
grep '^not ok\|^#' "$results/$name.log" >&2
exit $status
