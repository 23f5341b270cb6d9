#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: format.sh CLANG_FORMAT FILE...   Every file is as clang-format would write it; prints the differences.
set -u
clang_format=$1
shift
bad=0
for f in "$@"; do
	"$clang_format" "$f" | diff -u --label "$f" --label "$f (formatted)" "$f" - || bad=$((bad + 1))
done
[ $bad = 0 ] && echo "$# files are formatted" && exit 0
echo "$bad of $# files are not formatted: run make format"
exit 1
