#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The supervisor ends at any step, and in any moment; then another one goes on.
load world
load crash
setup() {
	world_up
	config '[defaults]' 'grace = 200ms'
}
teardown() { world_down; }

dead_or() {
	! is_running || "$@"
}

# round N: a ticket's life, under a supervisor that crashes at its N-th step.  Sets $crashed.
round() {
	local id n=$1 rc=0
	REEVE_CRASH_AT=$n start_supervisor || :
	id=$(new "crash at $n" "$(counted "file$n")")
	wait_for 15 dead_or in_phase "$id" human-review
	if in_phase "$id" human-review; then
		reeve pass "$id"
	fi
	wait_for 15 dead_or is_clean "$id"
	crashed=no
	if is_running; then
		stop_supervisor
	else
		wait "$REEVED" || rc=$?
		[ "$rc" = 86 ]
		crashed=yes
		wait_for 5 start_supervisor
		finish "$id"
		stop_supervisor
	fi
	once_only "$id"
}

@test "crash at every third durable step of a ticket's life: merged once, nothing twice (C-11 D-7 D-66 D-81 X-34)" {
	rounds=0
	for ((n = 1; n < 400; n += 3)); do
		round "$n"
		[ "$crashed" = yes ] || break
		rounds=$((rounds + 1))
	done
	echo "# $rounds crashes, the last before step $n"
	[ "$rounds" -ge 30 ]
	[ "$crashed" = no ]
	reeve fsck
}

# --- killed in a chosen moment ---

ep() {
	echo "$REEVE_STATE/tickets/$1/episodes/1"
}

# What is there for an instant only may be missed: then what comes of it does.
has_token() {
	[ -e "$(ep "$1")/token" ] || [ -e "$(ep "$1")/claimed" ]
}
has_signal() {
	compgen -G "$REEVE_STATE/spool/new/*Z.$1.1.*.json" >/dev/null || compgen -G "$REEVE_STATE/spool/done/*Z.$1.1.*.json" >/dev/null
}
is_merging() {
	in_phase "$1" 'merging' || in_phase "$1" 'done'
}

# The third line is its revision.
has_rev() {
	local rev=0
	{ read -r _ && read -r _ && read -r _ rev; } <"$REEVE_STATE/tickets/$1/ticket" 2>/dev/null || :
	[ "${rev:-0}" -ge "$2" ]
}

# kill_when WHAT COMMAND...: a ticket, the supervisor killed as soon as the command succeeds, and another one.
kill_when() {
	local id next
	next=$((${last:-0} + 1))
	set -- "${@//ID/$next}"
	start_supervisor
	# the killer looks while this shell drives
	(until_seen "$@" && kill -KILL "$REEVED") 3>&- &
	killer=$!
	id=$(new "killed at $*" "$(counted "file$next")")
	[ "$id" = "$next" ]
	last=$id
	wait_for 15 dead_or needs_person_or_over "$id"
	if in_phase "$id" human-review; then
		reeve pass "$id"
	fi
	wait "$killer"
	wait "$REEVED" || :
	wait_for 5 start_supervisor # a helper of the dead one may hold LOCK until it has ended, too
	finish "$id"
	stop_supervisor
	once_only "$id"
}

@test "SIGKILL of the supervisor at each file of a start, a report and a merge (C-11 D-7 D-66 X-38)" {
	token=$REEVE_STATE/tickets/ID/episodes/1
	kill_when has_token ID
	kill_when test -e "$token/claimed"
	kill_when test -e "$token/started"
	kill_when has_signal ID
	kill_when test -e "$REPO/.git/refs/reeve/ID/1"
	kill_when test -e "$token/exit.json"
	kill_when test -e "$token/outcome.json"
	kill_when is_merging ID
	kill_when test -e "$REPO/fileID"
	reeve fsck
}

@test "SIGKILL of the supervisor at each revision of a ticket (C-11 D-7 D-81)" {
	for rev in 1 2 3 4 5 6 7 8 9; do
		kill_when has_rev ID "$rev"
	done
	reeve fsck
}

# The worker sees to it that the target has moved on when it reports: nothing stands on it as it is.
moving() {
	# shellcheck disable=SC2016 # the worker expands it
	printf 'git -C %q commit -q --allow-empty -m moved; echo "$REEVE_EPISODE" >>%q; %s' "$REPO" "$BATS_TEST_TMPDIR/starts" "$(work "$1")"
}

@test "SIGKILL of the supervisor around a squash and a rebase: landed once, and its hook was run (C-11 D-66 E-15)" {
	local way id
	# shellcheck disable=SC2317 # called by kill_when
	counted() { moving "$@"; }
	for way in squash rebase; do
		config '[repo.app]' "landing = $way" "landed = sh -c 'echo \$REEVE_TICKET \$REEVE_LANDING >>../hooks'"
		LANDED_AS=$way
		kill_when is_merging ID
		kill_when test -e "$REPO/fileID"
		kill_when in_phase ID done
		kill_when grep -qsx "ID $way" "$BATS_TEST_TMPDIR/hooks"
	done
	for ((id = 1; id <= last; id++)); do
		grep -q "^$id " "$BATS_TEST_TMPDIR/hooks"
	done
	[ -z "$(git -C "$REPO" log --merges --format=%h main)$(git -C "$REPO" status --porcelain)" ]
	reeve fsck --git
}

# --- the tools ---

@test "a crash of reeve new at any step: no ticket, or one; with a supervisor and without (D-7 E-3)" {
	local n rc out made=0 crashed=0
	for with in no yes; do
		[ "$with" = no ] || start_supervisor
		for ((n = 1; n < 60; n++)); do
			rc=0
			out=$(REEVE_CRASH_AT=$n reeve new "$with $n" --park 2>/dev/null) || rc=$?
			reeve sync
			found=$(grep -lx "Title: $with $n" "$REEVE_STATE"/tickets/*/ticket 2>/dev/null | wc -l)
			[ "$found" -le 1 ]
			made=$((made + found))
			if [ "$rc" = 0 ]; then
				[ "$found" = 1 ]
				[ -d "$REEVE_STATE/tickets/$out" ]
				break
			fi
			[ "$rc" = 86 ] || [ "$rc" = 75 ]
			crashed=$((crashed + 1))
		done
		[ "$rc" = 0 ]
	done
	[ "$crashed" -ge 8 ]
	[ "$(find "$REEVE_STATE/tickets" -mindepth 1 -maxdepth 1 -name '[0-9]*' | wc -l)" = "$made" ]
	[ -z "$(find "$REEVE_STATE/spool/new" "$REEVE_STATE/spool/refused" -type f)" ]
	stop_supervisor
	reeve fsck
}

@test "a crash of reeve done at any step, then the same once more: one DONE (E-20 B-8)" {
	config '[defaults]' 'drain = 60s' # a worker goes on after its report
	start_supervisor
	for n in 1 2 3 4 5 6; do
		new "reports $n" "echo \"\$REEVE_EPISODE\" >>$BATS_TEST_TMPDIR/starts
			echo $n >f$n; git add .; git commit -qm $n
			REEVE_CRASH_AT=$n reeve done -m first; echo \$? >$BATS_TEST_TMPDIR/rc.$n
			if [ $n -le 3 ]; then reeve done -m second; fi"
	done
	for n in 1 2 3 4 5 6; do
		wait_for 15 test -s "$BATS_TEST_TMPDIR/rc.$n"
		echo "step $n: $(cat "$BATS_TEST_TMPDIR/rc.$n")"
		if [ "$(cat "$BATS_TEST_TMPDIR/rc.$n")" = 0 ] || [ "$n" -le 3 ]; then
			wait_for 15 in_phase "$n" human-review
			[ "$(steps "$n" DONE)" = 1 ]
			[ "$(grep -c "^$n\\." "$BATS_TEST_TMPDIR/starts")" = 1 ]
		fi
	done
	[ "$(cat "$BATS_TEST_TMPDIR/rc.1")" = 86 ]
}
