#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: oneway.sh   Rules about who may do what, as plain text searches.  Each list of exceptions is the whole
# list: a new place is added here with its reason, or, better, not made.
#	D-1	only engine/commit.c writes tickets: whatever fails takes the same way as what succeeds
#	D-92	nobody else changes a ticket in memory; the daemon's handlers see engine.h and world.h only
#	D-49	no "default:" in a switch over an enumeration of ours: the compiler names what is not handled
#	D-95	no timer but those named here: a mistake is mended in the table, not by a patrol
#	D-40	no threads but in a helper process that fills a worktree, and to wait in `reeve tail -f`
#	D-87	no age of a file or a ticket decides anything
#	D-15	nothing listens
set -u
bad=0
# say WHAT FOUND
say() {
	[ -z "$2" ] || { echo "$1:" && echo "$2" | sed 's/^/	/' && bad=1; }
}
code=$(find src -name '*.[ch]' | sort)
# find_in PATTERN ALLOWED: lines of code (not of comments) that match, but for FILE:LINE:TEXT that match ALLOWED
find_in() {
	# shellcheck disable=SC2086 # names without blanks
	grep -nE "$1" $code | grep -vE '^[^:]*:[0-9]*:[[:space:]]*/?\*' | grep -vE "$2"
}

say 'D-1: writes a ticket beside engine_apply()' "$(find_in '\bticket_(create|commit)\(' \
	'^src/store/tickets(_read)?\.[ch]:|^src/engine/commit\.c:')"

# engine.c and hand.c load; task.c fills in the number of a ticket that is not born
say 'D-92: changes a ticket beside engine_apply()' "$(find_in \
	'rec(ord)?(\.|->)ticket(\.[a-z_]+)* ([-+|&]?=|[+][+]) |->rec = |rec(ord)?(\.|->)ticket(\.[a-z_]+)*([+][+]|--)' \
	'^src/(core|codec)/|^src/engine/commit\.c:.*= next;|^src/engine/(engine|hand)\.c:.*->rec = rec;|^src/engine/task\.c:.*= unborn;')"
say 'D-92: a handler that sees the inside of the engine' "$(find_in \
	'#include "engine/' '^src/engine/|"engine/(engine|world)\.h"')"

# errno, bytes, options of a command line, numbers of fields: sets that are not ours to list
# shellcheck disable=SC2086
say 'D-49: default: in a switch over an enumeration' "$(awk '
	/switch \(/ { sw = $0; sub(/^[ \t]*/, "", sw) }
	/^[ \t]*default:/ { print FILENAME ":" FNR ": " sw }' $code | grep -vE \
	-e '^src/[a-z]*/[a-z_]*\.c:[0-9]*: switch \(errnum\)' -e '^src/codec/history_line\.c:[0-9]*: switch \(i\)' \
	-e '^src/codec/escape\.c:[0-9]*: switch \(kind\)' -e '^src/codec/stamp\.c:[0-9]*: switch \(s\.p' \
	-e '^src/codec/pane_term\.c:[0-9]*: switch \(final\)' \
	-e '^src/store/fsck_count\.c:[0-9]*: switch \(entry->row\)' \
	-e '^src/(daemon|run)/main\.c:[0-9]*: switch \(c\)')"
grep -q -- '-Wswitch-enum' Makefile || say 'D-49' 'the Makefile does not say -Wswitch-enum'

# supervisor.c: the next turn, and the time that the engine asked for; windows.c: tmux does not answer;
# runner.c: a helper process does not end; lock.c: how long a launcher waits for words that are for people
say 'D-95: a timer that is not on the list' "$(find_in '\b(evtimer_(new|assign|add)|timerfd_[a-z]+|setitimer|timer_create|alarm) ?\(|event_(base_)?once\(|EV_TIMEOUT' \
	'^src/daemon/supervisor\.c:.*s->(turn|timer) = evtimer_new\(s->base, supervisor_on_turn, s\)|^src/daemon/windows\.c:.*p->deadline = evtimer_new\(w->base, windows_on_deadline, p\)|^src/daemon/runner\.c:.*\(what & EV_TIMEOUT\)|^src/sys/lock\.c:.*setitimer\(ITIMER_REAL, &t, NULL\)')"

say 'D-40: a thread' "$(find_in '\b(pthread_create|thrd_create|clone3?)\(' '^src/(effect/git_fill(_flush)?|sys/lock_end)\.c:.*pthread_create')"
say 'D-40: a thread that waits' "$(find_in '\block_end_open\(' '^src/(sys/lock_end\.[ch]|cli/cmd_tail\.c):')"

# engine.c, hand.c, tickets*.[ch], scan.c: is it still the same file?  spool.c: left-overs of a crash in tmp/, swept at a start; fsck*.c
# (what is in flight just now), spool_why.c, git_util.c: shown; git_follow*, git_fill*: what git itself keeps in its index;
# bring.c: a copy has the times of what it is a copy of
say 'D-87: the age of a file' "$(find_in '\b(mtime_ms|st_[amc]tim|st_[amc]time)\b' \
	'^src/sys/io|^src/engine/engine\.c:.*(==|config_seen).*mtime_ms|^src/engine/hand\.c:.*tickets_mtime_ms|^src/store/tickets(_read)?\.[ch]:|^src/intake/scan\.c:.*after\.mtime_ms == before\.mtime_ms|^src/store/spool\.c:.*SPOOL_TMP_AGE_MS|^src/store/(fsck[a-z_]*|spool_why)\.c:|^src/effect/bring\.c:.*futimens|^src/effect/git_(fill(_copy)?\.c:|follow(_files|_index)?\.[ch]|util\.c:.*now\.tv_sec - st\.st_mtim\.tv_sec\)\);)')"
# reconcile.c: a reminder, which decides nothing; fsck_rest.c: what is in flight; landing.c: the date of a merge commit; blocker.c and cli: shown;
# session.c: was it there when the id of a session was made?  It spares a look at its history, which decides
say 'D-87: the age of a ticket' "$(find_in '\b(created|updated)_wall_ms\b' \
	'^src/(codec|cli)/|^src/store/(events|fsck_rest)\.c:|^src/core/reconcile\.c:.*remind_ms|^src/core/ticket\.h:|^src/core/lifecycle(_command)?\.c:.*= s(\.|->)now_wall_ms|^src/core/blocker\.c:.*(since_wall_ms = |> BLOCKER_STOP_MS)|^src/engine/landing\.c:.*\.when_ms = |^src/engine/session\.c:.*_wall_ms.* made\b')"

# tmux_client.c: a pair, to the tmux that it starts; port.c: is a port free?  It is bound for that moment
say 'D-15: a socket' "$(find_in '\b(socket|bind|listen|accept4?|evconnlistener_[a-z_]+|evhttp_[a-z_]+)\(' \
	'^src/sys/port\.c:.*\b(socket|bind)\(')"

[ $bad = 0 ] && echo "one way in, one way out: $(echo "$code" | wc -l) files"
exit $bad
