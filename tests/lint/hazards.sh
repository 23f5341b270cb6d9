#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: hazards.sh [--strict]   Every hazard of hazards.txt should be named by a test, as X-10 in a comment or
# title or as X_10 in a function's name.  Prints how many are, and which are open.  Fails when a test names an
# id that is not in the list, and with --strict also when one is open.
set -eu
list=tests/lint/hazards.txt
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
grep -v '^#' "$list" | awk '{ print $1 }' | sort >"$tmp/all"
dup=$(uniq -d "$tmp/all")
[ -z "$dup" ] || { echo "twice in $list: $dup"; exit 1; }
letters=$(cut -c1 "$tmp/all" | sort -u | tr -d '\n')
find tests \( -name '*.c' -o -name '*.h' -o -name '*.sh' -o -name '*.bats' -o -name '*.bash' -o -path tests/bench/run \) \
	! -path tests/lint/hazards.sh ! -path '*/corpus/*' -exec awk -v letters="$letters" '
	# an id stands alone: no letter or digit on either side
	{
		rest = " " $0 " "
		while (match(rest, "[^A-Za-z0-9][" letters "][-_][0-9]+[^A-Za-z0-9]")) {
			id = substr(rest, RSTART + 1, RLENGTH - 2)
			sub("_", "-", id)
			print id, FILENAME ":" FNR
			rest = substr(rest, RSTART + RLENGTH - 1)
		}
	}' {} + | sort >"$tmp/found"
cut -d' ' -f1 "$tmp/found" | sort -u >"$tmp/named"
bad=0
if [ -n "$(comm -13 "$tmp/all" "$tmp/named")" ]; then
	echo "named by a test, but not in $list:"
	comm -13 "$tmp/all" "$tmp/named" | join - "$tmp/found" | sed 's/^/	/'
	bad=1
fi
comm -23 "$tmp/all" "$tmp/named" >"$tmp/open"
if [ -s "$tmp/open" ]; then
	echo "open: no test names these:"
	sed 's/-/ /' "$tmp/open" | sort -k1,1 -k2,2n | sed 's/ /-/' | paste -sd' ' | fold -s -w 100 | sed 's/^/	/'
	[ "${1:-}" != --strict ] || bad=1
fi
echo "$(comm -12 "$tmp/all" "$tmp/named" | wc -l) of $(wc -l <"$tmp/all") hazards are named by a test"
exit $bad
