#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: embed.sh FILE...   Turn text files into the C table behind src/codec/embedded.h, on stdout.
# The name of an entry is the path as given; `about` is the first line of the file without comment marks.
set -eu
export LC_ALL=C
cat <<'END'
/* Made by src/embed.sh; do not edit. */
#include "codec/embedded.h"

#pragma GCC diagnostic ignored "-Woverlength-strings"

const struct embedded embedded_files[] = {
END
count=0
for f in "$@"; do
	if [ "$(tr -d '\000' <"$f" | wc -c)" != "$(wc -c <"$f")" ]; then
		echo "embed: $f contains a NUL byte; only text can be compiled in" >&2
		exit 1
	fi
	if [ -s "$f" ] && [ -n "$(tail -c 1 "$f")" ]; then
		echo "embed: $f does not end in a newline; add one" >&2
		exit 1
	fi
	awk -v name="$f" '
		function quoted(s) {
			gsub(/\\/, "\\\\\\\\", s); gsub(/"/, "\\\"", s); gsub(/\?/, "\\?", s); gsub(/\r/, "\\r", s)
			return s
		}
		{ text = text "\t\t\"" quoted($0) "\\n\"\n"; size += length($0) + 1 }
		NR == 1 { about = $0; gsub(/^[ \t]*([#;*]+|<!--|\/\*|\.\\")+[ \t]*|[ \t]*(-->|\*\/)[ \t]*$/, "", about) }
		END {
			printf "\t{ \"%s\",\n%s,\n\t\t%d, \"%s\" },\n", quoted(name), \
				(text == "" ? "\t\t\"\"" : substr(text, 1, length(text) - 1)), size, quoted(about)
		}' "$f"
	count=$((count + 1))
done
cat <<END
	{ NULL, NULL, 0, NULL }
};
const size_t embedded_count = $count;
END
