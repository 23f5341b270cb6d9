#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# One ticket, from `reeve new` to merged; and the ways in which it must not go wrong.
load world
setup() { world_up; }
teardown() { world_down; }

@test "new -> worktree, window, worker -> DONE -> pass -> merged, and the checked-out files follow" {
	start_supervisor
	id=$(new 'add a file' "$(work hello.txt)")
	[ "$id" = 1 ]
	wait_for 20 is_phase 1 human-review
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *"needs a verdict"* ]]
	[ -n "$(field 1 .pinned)" ]
	[ "$(git rev-parse refs/reeve/1/1)" = "$(field 1 .pinned)" ]
	[ ! -e hello.txt ]
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	[ "$(cat hello.txt)" = text ]
	[ -z "$(git status --porcelain)" ]
	git merge-base --is-ancestor "$(field 1 .pinned)" main
	[ "$(git log -1 --format=%s main)" = 'Merge ticket 1: add a file' ]
	wait_for 20 test ! -e "$REEVE_STATE/worktrees/app/1-add-a-file"
	run reeve status
	[ "$status" = 0 ]
	stop_supervisor
	reeve fsck
}

@test "a worker killed with SIGKILL is noticed, retried once, and its nonce is dead (C-8 D-24 A-12)" {
	start_supervisor
	new 'dies first' 'echo "$REEVE_NONCE" >'"$BATS_TEST_TMPDIR"'/nonce.$REEVE_EPISODE
		echo $PPID >'"$BATS_TEST_TMPDIR"'/launcher.$REEVE_EPISODE
		if [ "$REEVE_EPISODE" = 1.1 ]; then exec sleep infinity; fi; '"$(work second.txt)"
	wait_for 20 test -s "$BATS_TEST_TMPDIR/launcher.1.1"
	wait_for 20 is_phase 1 working
	kill -KILL "$(cat "$BATS_TEST_TMPDIR/launcher.1.1")"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.2 ]
	[ "$(jq -r .status "$REEVE_STATE/tickets/1/episodes/1/outcome.json")" = died ]
	printf '{"ticket":"1","kind":"DONE","nonce":"%s"}' "$(cat "$BATS_TEST_TMPDIR/nonce.1.1")" >"$REEVE_STATE/spool/tmp/late"
	mv "$REEVE_STATE/spool/tmp/late" "$REEVE_STATE/spool/new/late.json"
	reeve sync
	[ -f "$REEVE_STATE/spool/refused/late.json" ]
	grep -q '^reason: stale' "$REEVE_STATE/spool/refused/late.why"
	run reeve status
	[[ $output == *stale* ]]
	is_phase 1 human-review
}

@test "the second death asks a person, with what the worker last showed (C-7 E-24)" {
	start_supervisor
	new 'dies always' 'echo last words; exit 3'
	wait_for 30 is_phase 1 attention
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *"exit status 3"* ]]
	[ "$(field 1 .deaths)" = 2 ]
	grep -q 'last words' "$REEVE_STATE/tickets/1/episodes/2/tail.txt"
	[ "$(jq -r 'keys_unsorted | length' "$REEVE_STATE/tickets/1/episodes/2/outcome.json")" -ge 8 ]
}

@test "the supervisor killed while a worker runs and reports: nothing lost, nothing twice (C-11 D-90 X-35)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'goes on alone' "read -r _ <$BATS_TEST_TMPDIR/go; $(work alone.txt)"
	wait_for 20 is_phase 1 working
	stop_supervisor -KILL
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 compgen -G "$REEVE_STATE/spool/new/*.json"
	is_phase 1 working
	start_supervisor
	wait_for 20 is_phase 1 human-review
	[ "$(grep -c ' DONE ' "$REEVE_STATE/tickets/1/ticket")" = 1 ]
	[ "$(field 1 .episode)" = 1.1 ]
	reeve fsck --live
}

@test "control/kill: nothing starts until it is removed (C-4 C-15)" {
	start_supervisor
	touch "$REEVE_STATE/control/kill"
	id=$(new 'has to wait' "$(work late.txt)")
	reeve sync
	is_phase "$id" ready
	[ "$(field "$id" .blocker.text)" = 'the kill switch is on' ]
	rm "$REEVE_STATE/control/kill"
	wait_for 20 is_phase "$id" human-review
}

@test "fail sends it back with the reason in the next brief (B-11 D-30)" {
	start_supervisor
	new 'twice' 'echo "$REEVE_EPISODE" >>log.txt; git add . ; git commit -qm "$REEVE_EPISODE"; reeve done -m "did it"'
	wait_for 20 is_phase 1 human-review
	reeve fail 1 -m 'the tests are red'
	second() { [ "$(field 1 .episode)" = 1.2 ] && is_phase 1 human-review; }
	wait_for 20 second
	grep -q 'the tests are red' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	[ "$(cat log.txt)" = "$(printf '1.1\n1.2')" ]
}

@test "a question waits for its answer; the answer is in the next brief (A-14 B-8)" {
	start_supervisor
	new 'asks' 'if [ "$REEVE_EPISODE" = 1.1 ]; then reeve question -m "blue or red?"; exec sleep infinity; fi; '"$(work colour.txt)"
	wait_for 20 is_phase 1 asking
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *"asks a question"* ]]
	reeve answer 1 -m 'blue'
	wait_for 20 is_phase 1 human-review
	grep -q 'blue' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	[ "$(field 1 .deaths)" = 0 ]
}

@test "a conflict goes back to the worker with the paths (X-36)" {
	start_supervisor
	new 'conflicts' 'if [ "$REEVE_EPISODE" = 1.1 ]; then echo theirs >README; git commit -qam theirs; else git merge -q -X theirs -m merge main; fi; reeve done -m ok'
	wait_for 20 is_phase 1 human-review
	echo ours >README
	git commit -qam ours
	reeve pass 1
	second() { [ "$(field 1 .episode)" = 1.2 ] && is_phase 1 human-review; }
	wait_for 30 second
	grep -q README "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	reeve pass 1
	wait_for 20 is_phase 1 'done'
}

@test "local changes in the way are never overwritten; they are the blocker (D-66 X-28)" {
	start_supervisor
	new 'touches README' 'echo new >README; git commit -qam new; reeve done -m ok'
	wait_for 20 is_phase 1 human-review
	echo mine >README
	reeve pass 1
	held() { [[ $(field 1 .blocker.text) == *README* ]]; }
	wait_for 20 held
	[ "$(cat README)" = mine ]
	is_phase 1 approved
	git checkout -q README
	merge_now 1
	wait_for 20 is_phase 1 'done'
	[ "$(cat README)" = new ]
}

@test "cancel and park end the running worker; unpark goes on (E-4 E-8 A-1)" {
	start_supervisor
	new 'stops' 'exec sleep infinity'
	wait_for 20 is_phase 1 working
	reeve park 1
	wait_for 20 is_phase 1 parked
	[ "$(field 1 .deaths)" = 0 ]
	reeve unpark 1
	wait_for 20 is_phase 1 working
	[ "$(field 1 .episode)" = 1.2 ]
	reeve cancel 1
	wait_for 20 is_phase 1 cancelled
	[ -z "$(grep -lzxsF "REEVE_EPISODE=1.2" /proc/[0-9]*/environ | while read -r f; do grep -lzxsF "REEVE_STATE=$REEVE_STATE" "$f"; done)" ]
}
