#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: link.sh PROGRAM...   Each program needs only the shared libraries that its purpose allows: a command
# must start in a few milliseconds, and the launcher lives as long as its agent.
set -u
bad=0
for p in "$@"; do
	case ${p##*/} in
	reeve) may='libjansson libinih libsodium libinotifytools' ;;
	reeve-run) may='libjansson libinih libsodium' ;;
	reeved) may='libjansson libinih libsodium libinotifytools libgit2 libnettle libevent_core' ;;
	*)
		echo "$p: tests/lint/link.sh does not say what this program may need"
		bad=1
		continue
		;;
	esac
	dynamic=$(readelf -d "$p") || exit 1
	for lib in $(echo "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case " libc libasan libubsan libgcc_s ld-linux-x86-64 ld-linux-aarch64 libm libpthread $may " in
		*" $(echo "$lib" | sed 's/\(-[0-9.]*\)\{0,1\}\.so.*//') "*) ;;
		*)
			echo "$p: needs $lib, and may need only: libc $may"
			bad=1
			;;
		esac
	done
done
[ $bad = 0 ] && echo "$# programs need no more than they may"
exit $bad
