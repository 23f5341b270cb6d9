#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve wait and reeve watch: whoever waits for tickets is told when they have come, and sleeps until then.
load world
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
}
teardown() {
	[ -z "${WAITER:-}" ] || kill "$WAITER" 2>/dev/null || :
	world_down
}

# is_asleep PID: it waits in poll(2)
is_asleep() {
	grep -q poll "/proc/$1/wchan" || [ "$(awk '{ print $3 }' "/proc/$1/stat")" = S ]
}

# is_watching PID: what comes from now on wakes it
is_watching() {
	grep -qs '^inotify' "/proc/$1/fdinfo"/* && is_asleep "$1"
}

@test "wait ends when all have come, or one of them with --any; it says which, and why" {
	start_supervisor
	mkfifo "$D/go"
	new 'waits' "read -r _ <$D/go; $(work a.txt)"
	new 'asks' 'reeve question -m "which?"; exec sleep infinity'
	new 'parked' 'true' --park
	run reeve wait 1 2 --any --json
	[ "$status" = 0 ]
	[ "$(jq -r '.[] | "\(.id) \(.phase)"' <<<"$output")" = '2 asking' ]
	reeve wait 1 2 --json >"$D/both" 3>&- &
	WAITER=$!
	wait_for 5 is_asleep "$WAITER"
	[ ! -s "$D/both" ]
	echo go >"$D/go"
	wait "$WAITER"
	[ "$(jq -r '.[] | "\(.id) \(.blocker.owner)"' "$D/both" | sort | tr '\n' ' ')" = '1 person 2 person ' ] || { cat "$D/both" >&2; false; }
	WAITER=
	wait_for 20 ended 1
	run -1 reeve status --line
	[ "$output" = 'reeve: 2 wait for a person, 1 at work' ]
	run reeve wait 1 3 --timeout 100ms
	[ "$status" = 75 ]
	[[ $output == *'1 of 2 tickets have come'* ]]
	run reeve wait 1 77
	[ "$status" = 1 ]
	run reeve wait nonsense
	[ "$status" = 2 ]
	[[ $output != *'kill switch'* ]]
	reeve halt
	run reeve wait 3 --timeout 50ms
	[ "$status" = 75 ]
	[[ $output == *'the kill switch is on'* ]]
	stop_supervisor
	run reeve wait 3 --timeout 50ms
	[ "$status" = 75 ]
	[[ $output == *'no supervisor runs'* ]]
}

@test "watch shows each change once, from the last lines on, also after a restart" {
	start_supervisor
	reeve watch -n 0 --json >"$D/seen" 3>&- &
	WAITER=$!
	wait_for 5 is_watching "$WAITER"
	new 'one' "$(work a.txt)"
	wait_for 20 is_phase 1 human-review
	stop_supervisor
	start_supervisor
	reeve pass 1
	wait_for 20 is_phase 1 done
	wait_for 10 grep -q '"to":"done"' "$D/seen"
	jq -r '"\(.ticket) \(.rev)"' "$D/seen" >"$D/revs"
	[ "$(sort -u "$D/revs" | wc -l)" = "$(wc -l <"$D/revs")" ]
	[ "$(wc -l <"$D/revs")" = "$(field 1 .rev)" ]
	# somebody moves the file away: it is made anew, and read from its beginning
	mv "$REEVE_STATE/events.jsonl" "$D/old"
	new 'two' true --park
	wait_for 10 grep -q '"ticket":2' "$D/seen"
	kill "$WAITER"
	run timeout 10 reeve watch -n 1
	[[ $output == *'create'*'parked'* ]]
}

@test "three that finished while nobody looked are found from the files alone (B-10)" {
	start_supervisor
	mkfifo "$D/go1" "$D/go2" "$D/go3"
	for i in 1 2 3; do new "t$i" "read -r _ <$D/go$i; $(work "f$i")"; done
	for i in 1 2 3; do wait_for 20 is_phase "$i" working; done
	stop_supervisor -KILL
	for i in 1 2 3; do echo go >"$D/go$i"; done
	three() { [ "$(find "$REEVE_STATE/spool/new" -name '*.json' | wc -l)" = 3 ]; }
	wait_for 20 three
	# who decides without a supervisor judges whom it finds ended
	over() { reeve sync && for i in 1 2 3; do ended $i || return 1; done; }
	wait_for 20 over
	run reeve wait 1 2 3 --timeout 5s --json
	[ "$status" = 0 ]
	[ "$(jq length <<<"$output")" = 3 ]
	run reeve status
	[ "$status" = 1 ]
	[ "$(grep -c 'needs a verdict' <<<"$output")" -ge 3 ]
}

@test "without any inotify watch all is found by the slow scan, and by whoever waits (B-5)" {
	unshare -Ur true 2>/dev/null || skip "no user namespaces here"
	mkfifo "$D/ready"
	# the limit holds in a user namespace of its own, for all that the supervisor starts, too
	REEVE_RESCAN_S=1 unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_inotify_watches && exec reeved --ready-fd 8' \
		8>"$D/ready" 2>>"$D/reeved.log" 3>&- &
	REEVED=$!
	read -r word <"$D/ready" && [ "$word" = ready ]
	grep -q 'inotify' "$D/reeved.log"
	new 'one' "$(work a.txt)" --no-wait
	new 'two' "reeve question -m 'which?' --no-wait; exec sleep infinity" --no-wait
	both() { [ "$(reeve ls --json | jq length)" = 2 ]; }
	wait_for 10 both
	run unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_inotify_watches && exec reeve wait 1 2 --timeout 30s --json'
	[ "$status" = 0 ]
	[ "$(jq length <<<"$output")" = 2 ]
	reeve pass 1 --no-wait
	wait_for 10 is_phase 1 done
}

@test "wait sees that what a ticket comes after was given up" {
	start_supervisor
	new 'first' true --park
	new 'second' true --after 1
	reeve wait 2 --timeout 60s --json >"$D/seen" 3>&- &
	WAITER=$!
	wait_for 5 is_asleep "$WAITER"
	[ ! -s "$D/seen" ]
	reeve cancel 1
	wait_for 10 test -s "$D/seen"
	wait "$WAITER"
	WAITER=
	[ "$(jq -r '.[].blocker.owner' "$D/seen")" = person ]
}
