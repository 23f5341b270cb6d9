#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: text.sh   Rules that are plain text searches:
#	licence   the first line of every .c and .h is the SPDX line
#	paths     no absolute path of somebody's machine
#	sleep     nothing waits by sleeping; "sleep infinity" is allowed: a process that is there to be killed
#	marks     no TODO, FIXME, XXX (NEEDSWORK: with a sentence is for open design questions), no // comment
set -u
bad=0
say() {
	[ -z "$2" ] || { echo "$1:" && echo "$2" | sed 's/^/	/' && bad=1; }
}
code=$(find src tests -name '*.[ch]' | sort)
every=$(find Makefile README* .ci src tests hooks man templates state -type f ! -path '*/corpus/*' ! -path '*/.git*' 2>/dev/null | sort)

for f in $code; do
	head -n 1 "$f" | grep -qxF '/* SPDX-License-Identifier: GPL-2.0-only */' || say 'first line is not the SPDX line' "$f"
done
# shellcheck disable=SC2086 # names without blanks
{
	say 'absolute path' "$(grep -nIE "(^|[[:space:]\"'\`=:(,<>])/(home|work)(/|[^A-Za-z0-9_-]|\$)" $every | grep -v '^tests/lint/text.sh:')"
	say 'waits by sleeping' "$({
		find src tests/unit tests/fuzz -name '*.[ch]' -exec grep -nHE '\b(u|nano|clock_nano)?sleep[[:space:]]*\(|"(/bin/)?sleep' {} +
		find src tests/flow tests/unit \( -name '*.sh' -o -name '*.bats' -o -name '*.bash' \) \
			-exec grep -nHE "(^|[;&|({\"']|\b(do|then|else|exec|run|timeout [0-9]+))[[:space:]]*sleep[[:space:]]" {} +
	} | grep -vE "sleep(\", \"|[[:space:]]+)infinity")"
	say 'unfinished' "$(grep -nIwE 'TODO|FIXME|XXX' $every | grep -v '^tests/lint/text.sh:')"
	say 'comment that is for debugging only' "$(grep -nE '(^|[;{}[:space:]])//([^/]|$)' $code | grep -vE '"[^"]*//[^"]*"|^[^:]*:[0-9]*:[[:space:]]*/?\*')"
}
[ $bad = 0 ] && echo "text rules hold"
exit $bad
