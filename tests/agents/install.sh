#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: install.sh DIR   The programs of package.json into DIR (1.3 GB) with npm, unless they are there.
# Nothing of it goes into the home directory.
set -eu
dir=$1
here=$(dirname "$0")
for program in node npm unshare ip; do
	command -v $program >/dev/null && continue
	echo "make check-agents: $program is missing: apt-get install nodejs npm util-linux iproute2 (Node.js 20 or later)" >&2
	exit 1
done
! cmp -s "$here/package.json" "$dir/installed" || exit 0
rm -rf "$dir/node_modules" "$dir/installed"
mkdir -p "$dir"
cp "$here/package.json" "$dir/package.json"
echo "make check-agents: installing with npm into $dir"
npm install --prefix "$dir" --cache "$dir/cache" --no-package-lock --no-audit --no-fund --loglevel=error
rm -rf "$dir/cache"
for program in claude codex opencode mcp-inspector; do
	[ -x "$dir/node_modules/.bin/$program" ] || { echo "npm brought no $program; try again: rm -r $dir" >&2; exit 1; }
done
cp "$here/package.json" "$dir/installed"
