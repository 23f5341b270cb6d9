#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: coverage.sh TREE   Line and branch coverage of every layer, from the counters in TREE (gcov).
set -eu
find "$1/src" -name '*.gcno' | sort | xargs -r gcov -n -b -r 2>/dev/null | awk '
	function part(line, what) { split(line, v, /[:% ]+/); pct = v[3]; n = v[5]; total[key, what] += n; hit[key, what] += n * pct / 100 }
	/^File / { key = ""; if (match($0, /src\/[a-z]+\//)) { key = substr($0, RSTART + 4, RLENGTH - 5); seen[key] = 1 } }
	key != "" && /^Lines executed/ { part($0, "l") }
	key != "" && /^Taken at least once/ { sub(/Taken at least once/, "Taken once"); part($0, "b"); key = "" }
	/^$/ { key = "" }
	END { printf "%-8s %8s %9s\n", "layer", "lines", "branches"
		for (k in seen) printf "%-8s %7.1f%% %8.1f%%\n", k, 100 * hit[k, "l"] / (total[k, "l"] + !total[k, "l"]),
			100 * hit[k, "b"] / (total[k, "b"] + !total[k, "b"]) | "sort" }'
