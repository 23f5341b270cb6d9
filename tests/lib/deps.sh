#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: deps.sh [--list]   Install the Debian 12 packages that are missing.  This is the only list of them.
# Nothing missing: silent, instant, no network.  Not root: print the line to run, and fail.
set -eu
packages="gcc make libc6-dev pkg-config binutils
	libjansson-dev libinih-dev libsodium-dev libinotifytools0-dev libgit2-dev nettle-dev libevent-dev
	libcmocka-dev clang libclang-rt-14-dev clang-format-14 mandoc shellcheck bats perl
	git tmux jq procps strace util-linux inotify-tools zsh fish"

if [ "${1:-}" = --list ]; then
	# shellcheck disable=SC2086 # one word a package
	echo $packages
	exit 0
fi
if ! command -v dpkg-query >/dev/null; then
	echo "make deps: this is not Debian; install the equivalents of:" "$(sh "$0" --list)" >&2
	exit 0
fi
# shellcheck disable=SC2086
have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null || :)
missing=
for p in $packages; do
	case "
$have
" in
	*"
$p installed
"*) ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "make deps: packages are missing, and installing them needs root.  Run:" >&2
	echo "apt-get install -y --no-install-recommends$missing" >&2
	exit 1
fi
echo "make deps: installing$missing"
export DEBIAN_FRONTEND=noninteractive
install() {
	# shellcheck disable=SC2086
	apt-get install -y -q --no-install-recommends $missing </dev/null
}
# The package lists may be absent or old: only then is an update worth its time.
install || { apt-get update -q && install; } || {
	echo "make deps: apt-get could not install:$missing (is there a network?)" >&2
	exit 1
}
