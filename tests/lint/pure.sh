#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: pure.sh ALLOW BASE ARCHIVE...   The pure layers (ARCHIVE) may call one another, BASE, and what the
# whole-line patterns of ALLOW name; anything else is a system call, a clock or a file in disguise.
set -eu
[ $# -ge 3 ] || { echo "pure: no archive of core or codec to look at"; exit 1; }
allow=$1 base=$2
shift 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nm --defined-only "$base" "$@" | awk 'NF == 3 { print $3 }' | sort -u >"$tmp/have"
nm -u "$@" | awk '/^[^ ].*:$/ { at = $1 } $1 == "U" { print $2, at }' | sort -u >"$tmp/uses"
cut -d' ' -f1 "$tmp/uses" | sort -u >"$tmp/want"
if comm -13 "$tmp/have" "$tmp/want" | grep -vxEf "$allow" >"$tmp/bad"; then
	while read -r symbol; do
		echo "impure call: $symbol in $(awk -v s="$symbol" '$1 == s { sub(/:$/, "", $2); print $2 }' "$tmp/uses" | paste -sd' ')"
	done <"$tmp/bad"
	exit 1
fi
echo "$(wc -l <"$tmp/want") symbols, all pure"
