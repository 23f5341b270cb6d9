#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: selftest.sh BUILD   The checks can fail: plant one violation of each in a temporary copy of the sources
# and of the build tree, and expect the right complaint.
set -eu
build=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/build" "$tmp/tests/unit"
cp -a Makefile src "$tmp/"
cp -a tests/lint tests/lib "$tmp/tests/"
for d in templates state; do [ ! -d $d ] || cp -a $d "$tmp/"; done
find "$build" -maxdepth 1 -type f \( -name '*.a' -o -name '*.list' -o -name flags \) -exec cp -a {} "$tmp/build/" \;
for d in src gen; do [ ! -d "$build/$d" ] || cp -a "$build/$d" "$tmp/build/"; done
cd "$tmp"
unset MAKEFLAGS MFLAGS MAKELEVEL
RESULTS=$tmp/results
export RESULTS
failed=0

# plant FILE TARGET COMPLAINT; the violation comes on stdin.  Passes, fails with FILE, passes again.
plant() {
	cat >"$tmp/violation"
	if ! make O=build "$2" >"$tmp/out" 2>&1; then
		echo "$2: fails before anything was planted:" && cat "$tmp/out"
		failed=1
		return
	fi
	cp "$tmp/violation" "$1"
	if make O=build "$3" >"$tmp/out" 2>&1; then
		echo "$3: does not see the violation in $1"
		failed=1
	elif ! grep -Eq "$4" "$tmp/out"; then
		echo "$3: failed, but did not say \"$4\":" && cat "$tmp/out"
		failed=1
	else
		echo "$3: caught: $(grep -Em1 "$4" "$tmp/out")"
	fi
	rm -f "$1"
}

spdx='/* SPDX-License-Identifier: GPL-2.0-only */'

plant src/core/planted.c check-layers check-layers 'core may not include sys/clock.h' <<END
$spdx
#include "base/base.h"
#include "sys/clock.h"
END

plant src/core/planted.c check-pure check-pure 'impure call: time' <<END
$spdx
#include "base/base.h"
time_t planted(void);
time_t planted(void) { return time(NULL); }
END

plant src/core/planted.h check-headers check-headers 'unknown type name .FILE_|src/core/planted.h: does not compile alone' <<END
$spdx
#ifndef CORE_PLANTED_H
#define CORE_PLANTED_H
void planted(struct_nowhere *f);
#endif
END

plant tests/unit/test_core_planted.c all build/tests/unit/test_core_planted 'undefined reference to .xsys_clock' <<END
$spdx
#include "base/base.h"
int xsys_clock(void);
int main(void) { return xsys_clock(); }
END

# a command that drags in the supervisor's libraries
echo 'int main(void) { return 0; }' | ${CC:-cc} -x c - -Wl,--no-as-needed -lgit2 -o reeve
if sh tests/lint/link.sh reeve >"$tmp/out" 2>&1; then
	echo "link.sh: does not see that reeve needs libgit2"
	failed=1
else
	echo "check-link: caught: $(head -n 1 "$tmp/out")"
fi
# rule WHAT LINE: a line of C, in a place where it may not stand
rule() {
	printf '%s\n' "$spdx" "$2" >src/daemon/planted.c
	if sh tests/lint/oneway.sh >"$tmp/out" 2>&1; then
		echo "oneway.sh: does not see: $2"
		failed=1
	elif ! grep -q "^$1:" "$tmp/out" || ! grep -q 'src/daemon/planted.c' "$tmp/out"; then
		echo "oneway.sh: failed, but did not say \"$1\":" && cat "$tmp/out"
		failed=1
	fi
	rm -f src/daemon/planted.c
}
sh tests/lint/oneway.sh >"$tmp/out" 2>&1 || { echo "oneway.sh: fails before anything was planted:" && cat "$tmp/out" && failed=1; }
rule 'D-1: writes a ticket.*' '	return ticket_commit(r, rec, err);'
rule 'D-92: changes a ticket.*' '	it->rec.ticket.phase = PHASE_DONE;'
rule 'D-92: changes a ticket.*' '	rec->ticket.deaths++;'
rule 'D-92: a handler.*' '#include "engine/commit.h"'
rule 'D-49: default:.*' '	switch (t->phase) { case PHASE_DONE: break;
	default: break; }'
rule 'D-95: a timer.*' '	s->patrol = evtimer_new(s->base, on_patrol, s);'
rule 'D-40: a thread' '	if (pthread_create(&other, NULL, on_ticket, t) == 0)'
rule 'D-87: the age of a file' '	if (now - st.mtime_ms > LIMIT)'
rule 'D-87: the age of a ticket' '	if (now - t->updated_wall_ms > LIMIT)'
rule 'D-15: a socket' '	fd = socket(AF_INET, SOCK_STREAM, 0);'
echo "check-oneway: each rule was caught"

# every hazard is named by a test, and every name is a hazard (D-32)
if sh tests/lint/hazards.sh --strict >"$tmp/out" 2>&1 || ! grep -q '^open: ' "$tmp/out"; then
	echo "hazards.sh --strict: does not see hazards without a test:" && cat "$tmp/out"
	failed=1
fi
sh tests/lint/hazards.sh >"$tmp/out" 2>&1 || { echo "hazards.sh: fails without a reason:" && cat "$tmp/out" && failed=1; }
unknown=990
echo "/* test_nothing_D_$unknown */" >tests/unit/test_planted.c
if sh tests/lint/hazards.sh >"$tmp/out" 2>&1 || ! grep -q "D-$unknown tests/unit/test_planted.c" "$tmp/out"; then
	echo "hazards.sh: does not see an id that is no hazard:" && cat "$tmp/out"
	failed=1
fi
rm -f tests/unit/test_planted.c
echo "check-hazards: caught: an unknown id, and open ones with --strict"
[ $failed = 0 ] && echo "layers, pure, headers, link, oneway, hazards: each was shown failing"
exit $failed
