#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: shell.sh   shellcheck of every shell file of the project; bats files for warnings and errors only.
set -u
files=$(find src tests hooks templates .ci -type f ! -path '*/corpus/*' ! -name '*.bats' ! -name '*.[ch]' -print 2>/dev/null | sort |
	while read -r f; do
		case $f in *.sh | *.bash) echo "$f" ;; *) head -n 1 "$f" | grep -Eaq '^#!.*/(env )?(ba|da)?sh\b' && echo "$f" ;; esac
	done)
bats=$(find tests -name '*.bats' | sort)
bad=0
# shellcheck disable=SC2086 # names without blanks
shellcheck -e SC1010,SC2013,SC2119,SC2120 -x -P SCRIPTDIR $files || bad=1
# the body of a test is a subshell to shellcheck, and helpers set variables it cannot see
# shellcheck disable=SC2086
[ -z "$bats" ] || shellcheck -S warning -e SC2030,SC2031,SC2034,SC2154,SC1090,SC1091,SC1010 $bats || bad=1
# shellcheck disable=SC2086
[ $bad = 0 ] && set -- $files $bats && echo "$# shell files are clean"
exit $bad
