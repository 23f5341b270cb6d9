#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: selftest.sh BUILD   The four layer checks can fail: plant one violation of each in a temporary copy of
# the sources and of the build tree, and expect the right complaint.
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
[ $failed = 0 ] && echo "layers, pure, headers, link: each was shown failing"
exit $failed
