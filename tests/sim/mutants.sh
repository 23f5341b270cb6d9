#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: mutants.sh OUT   Plants the bugs of mutants.list, one after another, in two copies of src/ and lets the
# simulator look for each; the first trace that fails is enough.  A bug that changes no line, or that no
# trace finds, is a failure.  MUTANT_TRACES: how many traces are tried (100000); ONLY=text: some of them.
set -eu
out=$1
traces=${MUTANT_TRACES:-100000}
jobs=2
list=$(dirname "$0")/mutants.list

# A copy with the bugs of one worker; sources that were changed come back with a new time.
plant() { # FILE EDIT
	sed -i "$2" "$tree/src/$1"
	if cmp -s "$1" "$tree/src/$1"; then
		say="NOT OK  $name: the expression changes nothing in $1"
	fi
	broken="$broken $1"
}
mend() {
	for file in $broken; do cat "$file" >"$tree/src/$file"; done
	broken=
}
look() {
	sim=$tree/build/tests/sim/sim
	if [ -n "$say" ]; then
		:
	elif ! make -C "$tree/src" --no-print-directory TEST=1 OPT=-O1 HARDEN= O="$tree/build" "$sim" >"$tree/log" 2>&1; then
		say="NOT OK  $name: does not build, see $tree/log"
		cp "$tree/log" "$tree/log.build"
	elif timeout 900 "$sim" --traces "$traces" --jobs 1 --brief --first >"$tree/log" 2>"$tree/err"; then
		say="NOT OK  $name: not found in $traces traces"
	else
		say="ok      $name: $(sed -n 's/^\([0-9]*\) traces.*/after \1 traces/p' "$tree/log"): $(
			cat "$tree/log" "$tree/err" | grep -a -m1 '^FAILED\|^not reached\|BUG\|^seed .* failed' |
				sed 's/^FAILED //' | cut -c1-90
		)"
	fi
	echo "$say"
}
work() { # NUMBER: its share of the list
	tree=$out/$1 name='' broken='' say='' n=0
	rm -rf "$tree" # objects too: the copies have old times
	mkdir -p "$tree/src"
	cp -Rp Makefile src tests templates state "$tree/src"
	while IFS='|' read -r what file edit; do
		case $what in '#'* | '') continue ;; esac
		if [ "$what" != + ]; then
			[ -z "$name" ] || look
			mend
			name='' say=''
			n=$((n + 1))
			case $what in *"${ONLY:-}"*) ;; *) continue ;; esac
			[ $((n % jobs)) -eq "$1" ] || continue
			name=$what
		fi
		[ -z "$name" ] || plant "$file" "$edit"
	done <"$list"
	[ -z "$name" ] || look
}

mkdir -p "$out"
for job in 0 1; do work $job >"$out/said.$job" & done
wait
cat "$out"/said.[01]
found=$(cat "$out"/said.[01] | grep -c '^ok' || true)
missed=$(cat "$out"/said.[01] | grep -c '^NOT OK' || true)
echo "$found planted bugs found, $missed missed"
[ "$missed" = 0 ] && [ "$found" -gt 0 ]
