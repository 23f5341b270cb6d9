#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# hooks/: small programs beside the supervisor.
load world
setup() { world_up; }
teardown() {
	[ -z "${FOLLOWER:-}" ] || kill -- "-$FOLLOWER" 2>/dev/null || :
	world_down
}

@test "hooks/notify tells when a ticket needs a person, and none of its words" {
	start_supervisor
	setsid sh "$BATS_TEST_DIRNAME/../../hooks/notify" >"$BATS_TEST_TMPDIR/told" 3>&- &
	FOLLOWER=$!
	following() { pgrep -g "$FOLLOWER" -x tail >/dev/null && pgrep -g "$FOLLOWER" -x jq >/dev/null; }
	wait_for 10 following
	told() { grep -aq "$1" "$BATS_TEST_TMPDIR/told"; }
	new 'secret title' "$(work a.txt)"
	wait_for 20 told 'ticket 1 needs a verdict'
	new 'asks' 'reeve question -m "which secret?"; exec sleep infinity'
	wait_for 20 told 'ticket 2 asks a question'
	run grep -a secret "$BATS_TEST_TMPDIR/told"
	[ "$status" = 1 ]
}

@test "hooks/notify without a state directory says what to do" {
	REEVE_STATE=$BATS_TEST_TMPDIR/none run sh "$BATS_TEST_DIRNAME/../../hooks/notify"
	[ "$status" = 74 ]
	[[ $output == *'reeve init'* ]]
}
