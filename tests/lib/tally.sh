#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: tally.sh RESULTS STATUS   The runners' own closing lines, then the sum of the counts that run.sh and
# bats.sh left; the last line is "N passed, N failed".  STATUS is what the runs said: not 0 with no test
# failing means that something did not build, and that is a failure too.
set -u
status=$2
cd "$1" 2>/dev/null || { echo "no check left a result in $1"; echo "0 passed, 1 failed"; exit 1; }
for f in test_*.log; do
	[ ! -e "$f" ] || printf '%s %s\n' "$(grep -a '^\[  PASSED  \]' "$f" || echo '[  DIED    ]')" "${f%.log}"
done
[ ! -e prove.log ] || tail -n 3 prove.log | grep '^All tests\|^Files\|^Result'
for f in *.count; do
	[ -e "$f" ] || continue
	read -r _ bad skip <"$f"
	[ "$bad" = 0 ] || echo "failed: ${f%.count} (see $1/${f%.count}.log)"
	[ "$skip" = 0 ] || echo "skipped: $skip of ${f%.count}"
done
find . -name '*.count' -exec cat {} + | awk -v status="$status" '
	{ ok += $1; bad += $2 }
	END {
		if (status != 0 && bad == 0) {
			print "failed: something did not build or run; see above"
			bad = 1
		}
		printf "%d passed, %d failed\n", ok, bad
		exit bad > 0
	}'
