#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# hooks/: small programs beside the supervisor.
load world
setup() { world_up; }
teardown() {
	[ -z "${FOLLOWER:-}" ] || kill -- "-$FOLLOWER" 2>/dev/null || :
	world_down
}

# It has the file open: what comes now is told.
following() {
	local pid
	pid=$(pgrep -g "$FOLLOWER" -x tail) && pgrep -g "$FOLLOWER" -x jq >/dev/null &&
		[ -n "$(find "/proc/$pid/fd" -lname "$REEVE_STATE/events.jsonl" 2>/dev/null)" ]
}

@test "hooks/notify tells when a ticket needs a person, and none of its words" {
	start_supervisor
	setsid sh "$BATS_TEST_DIRNAME/../../hooks/notify" >"$BATS_TEST_TMPDIR/told" 3>&- &
	FOLLOWER=$!
	wait_for 10 following
	told() { grep -aq "$1" "$BATS_TEST_TMPDIR/told"; }
	new 'secret title' "$(work a.txt)"
	wait_for 20 told 'ticket 1 needs a verdict'
	new 'asks' 'reeve question -m "which secret?"; exec sleep infinity'
	wait_for 20 told 'ticket 2 asks a question'
	run grep -a secret "$BATS_TEST_TMPDIR/told"
	[ "$status" = 1 ]
}

@test "hooks/notify shows a line to whoever looks at a worker in tmux, and none of its words (B-1 X-8)" {
	start_supervisor
	new 'plain' 'exec sleep infinity'
	wait_for 20 is_phase 1 working
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec 7<>"$BATS_TEST_TMPDIR/keys"
	TERM=xterm script -qec 'reeve attach 1' /dev/null >"$BATS_TEST_TMPDIR/screen" 2>&1 <&7 3>&- 7>&- &
	attached() { [ -n "$(tmux -S "$SOCKET" list-clients -F x)" ]; }
	shown() { grep -aq 'ticket 2 asks a question' "$BATS_TEST_TMPDIR/screen"; }
	wait_for 20 attached
	setsid sh "$BATS_TEST_DIRNAME/../../hooks/notify" tmux -S "$SOCKET" display-message -d 0 3>&- 7>&- &
	FOLLOWER=$!
	wait_for 10 following
	new '#(touch pwned)' 'reeve question -m "which secret?"; exec sleep infinity'
	wait_for 20 shown
	run grep -a secret "$BATS_TEST_TMPDIR/screen"
	[ "$status" = 1 ]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name pwned)" ]
	tmux -S "$SOCKET" detach-client -s "$(tmux -S "$SOCKET" list-clients -F '#{session_name}' | grep reeve-attach)"
}

@test "hooks/notify without a state directory says what to do" {
	REEVE_STATE=$BATS_TEST_TMPDIR/none run sh "$BATS_TEST_DIRNAME/../../hooks/notify"
	[ "$status" = 74 ]
	[[ $output == *'reeve init'* ]]
}
