#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: headers.sh COMPILE HEADER...   Every header compiles alone, after base.h and nothing else, and its
# include guard is LAYER_FILE_H.
set -u
compile=$1
shift
bad=0
for h in "$@"; do
	name=${h#src/}
	# shellcheck disable=SC2086 # COMPILE is a command line
	if ! printf '#include "base/base.h"\n#include "%s"\n' "$name" | eval "$compile" -Werror -fsyntax-only -x c -; then
		echo "$h: does not compile alone (see above): include what it uses, or declare the struct"
		bad=1
	fi
	guard=$(echo "${name%.h}_H" | tr 'a-z/' 'A-Z_')
	if ! grep -q "^#ifndef $guard\$" "$h" || ! grep -q "^#define $guard\$" "$h"; then
		echo "$h: the include guard should be $guard"
		bad=1
	fi
done
[ $bad = 0 ] && echo "$# headers compile alone"
exit $bad
