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
		start_supervisor
		finish "$id"
		stop_supervisor
	fi
	once_only "$id"
}

@test "scan" {
	for n in $(seq 1 $STEP 400); do
		t0=${EPOCHREALTIME/./}
		round "$n"
		echo "$n $crashed $(( (${EPOCHREALTIME/./}-t0)/1000 )) ms" >&3
		[ $crashed = yes ] || break
	done
	reeve fsck
}
