#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: run.sh RESULTS NAME COMMAND...
# Run one check in a temporary directory of its own ($TMPDIR), print its output only when it failed, and
# leave NAME.log and NAME.count ("passed failed skipped") in RESULTS.
set -u
results=$1 name=$2
shift 2
mkdir -p "$results"
log=$results/$name.log
tmp=$(mktemp -d "${TMPDIR:-/tmp}/rv.XXXXXX") || exit 1
TMPDIR=$tmp timeout -k 10 "${REEVE_TEST_TIMEOUT:-300}" "$@" >"$log" 2>&1 </dev/null
status=$?
chmod -R u+rwx "$tmp" 2>/dev/null
rm -rf "$tmp"
if grep -q '^\[==========\] Running' "$log"; then
	# cmocka: one program is many tests; one that died half-way has at least one failure
	awk -v status="$status" '
		/^\[       OK \]/ { ok++ }
		/^\[  FAILED  \] [^0-9]/ && !($4 in seen) { seen[$4] = 1; bad++ }
		/^\[  SKIPPED \] [^0-9]/ && !($4 in seen) { seen[$4] = 1; skip++ }
		END { if (status != 0 && bad == 0) bad = 1; print ok + 0, bad + 0, skip + 0 }' "$log"
elif [ $status = 0 ]; then
	echo 1 0 0
else
	echo 0 1 0
fi >"$results/$name.count"
read -r passed failed skipped <"$results/$name.count"
if [ $status = 0 ] && [ "$failed" = 0 ]; then
	summary=$(grep -a '^\[  PASSED  \]' "$log" || tail -n 1 "$log")
	echo "ok      $name ${summary:+: $summary}"
	exit 0
fi
[ $status != 124 ] || echo "(ended: it ran longer than ${REEVE_TEST_TIMEOUT:-300} s)" >>"$log"
printf -- '--- %s\n%s\nNOT OK  %s (exit %s, %s passed, %s failed, %s skipped; log: %s)\n' \
	"$name" "$(cat "$log")" "$name" "$status" "$passed" "$failed" "$skipped" "$log"
exit 1
