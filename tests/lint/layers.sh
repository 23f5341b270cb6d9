#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: layers.sh LAYERS FILE...   A source file includes only what src/LAYERS lets its layer include.
set -eu
layers=$1
shift
awk -v L="$layers" '
BEGIN {
	while ((getline line < L) > 0) {
		if (line ~ /^#/ || (i = index(line, ":")) == 0)
			continue
		key = substr(line, 1, i - 1)
		n = split(substr(line, i + 1), word, " ")
		for (j = 1; j <= n; j++)
			if (key ~ /^</)
				home[key, word[j]] = 1
			else
				may[key, word[j]] = known[key] = 1
		if (key ~ /^</) {
			owned[key] = substr(line, i + 2)
			words[key] = n
		}
	}
}
function no(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what
	bad = 1
}
FNR == 1 {
	split(FILENAME, part, "/")
	me = part[2]
	file = substr(FILENAME, 5)
	if (!(me in known))
		no("the folder " me " has no line in " L)
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	name = substr($0, index($0, "<"))
	for (key in owned) {
		if (index(name, key) != 1)
			continue
		ok = 0
		n = split(owned[key], place, " ")
		for (j = 1; j <= n; j++)
			if (index(file, place[j]) == 1)
				ok = 1
		if (!ok)
			no(key " belongs to " owned[key])
	}
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	split(quoted[2], dir, "/")
	if (quoted[2] !~ /\//)
		no("name the layer in the include: " quoted[2])
	else if (!((me, dir[1]) in may))
		no(me " may not include " quoted[2])
}
END { exit bad }' "$@"
echo "$# files keep to $layers"
