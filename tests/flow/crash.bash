# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the crash tests share; loaded after world.bash.
#
#	in_phase ID PHASE	from the ticket file itself: quick, and with no supervisor
#	steps ID EVENT		how many revisions of this event the history has
#	is_running		the supervisor lives
#	finish ID		by the supervisor that runs: a verdict if it needs one, merged, cleaned up
#	once_only ID		and all of it happened exactly once
#	not COMMAND...		fails when it succeeds
#	until_seen CMD...	as wait_for, without a moment between two looks: for what is soon over

in_phase() {
	grep -qx "Phase: $2" "$REEVE_STATE/tickets/$1/ticket" 2>/dev/null
}

steps() {
	grep -cE "^[0-9]+ [^ ]+ [^ ]+ $2 " "$REEVE_STATE/tickets/$1/ticket" || :
}

is_running() {
	kill -0 "$REEVED" 2>/dev/null
}

# A worker that counts its starts, writes FILE, commits and reports.
# shellcheck disable=SC2016 # the worker expands it
counted() {
	printf 'echo "$REEVE_EPISODE" >>%q; %s' "$BATS_TEST_TMPDIR/starts" "$(work "$1")"
}

needs_person_or_over() {
	in_phase "$1" human-review || in_phase "$1" done
}

is_clean() {
	in_phase "$1" done && ! compgen -G "$REEVE_STATE/worktrees/app/$1-*" >/dev/null && ! compgen -G "$REEVE_STATE/worktrees/app/.gone-$1-*" >/dev/null
}

finish() {
	wait_for 15 needs_person_or_over "$1"
	if in_phase "$1" human-review; then
		reeve pass "$1"
	fi
	wait_for 15 is_clean "$1"
}

# The processes of a ticket's workers, by the environment that all of them have.
workers() {
	local pid
	for pid in $(grep -lzxF "REEVE_TICKET=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
		if grep -qzxsF "REEVE_STATE=$REEVE_STATE" "/proc/$pid/environ"; then
			echo "$pid"
		fi
	done
}

has_no_worker() {
	[ -z "$(workers "$1")" ]
}

once_only() {
	local event kind=--merges # or as LANDED_AS says
	[ -z "${LANDED_AS:-}" ] || kind=--no-merges
	for event in DONE pass intent merged; do
		if [ "$(steps "$1" "$event")" != 1 ]; then
			echo "$event of ticket $1: $(steps "$1" "$event") times"
			return 1
		fi
	done
	[ "$(git -C "$REPO" log "$kind" --format=%H --grep="^Ticket: $1\$" main | wc -l)" = 1 ]
	[ "$(git -C "$REPO" log --first-parent --format=%H main -- "file$1" | wc -l)" -le 1 ]
	[ "$(grep -c "^$1\\." "$BATS_TEST_TMPDIR/starts")" = 1 ]
	wait_for 5 has_no_worker "$1"
}

until_seen() {
	local end=$((SECONDS + 60))
	until "$@"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "never seen: $*" >&2
			return 1
		fi
	done
}

# bats does not see a failing `! command`.
not() {
	if "$@" 2>/dev/null; then
		return 1
	fi
}
