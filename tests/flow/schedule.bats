#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Who starts when: budgets, slots, priorities, times, dependencies; and what a person is told meanwhile.
load world
setup() { world_up; }
teardown() { world_down; }

blocker() { field "$1" .blocker.text; }
is_blocker() { [ "$(blocker "$1")" = "$2" ]; }
is_deaths() { [ "$(field "$1" .deaths)" = "$2" ]; }

# A ticket's worker that waits to be let go, then does its work.
gated() {
	mkfifo "$BATS_TEST_TMPDIR/gate.$1"
	printf 'read -r _ <%s; %s' "$BATS_TEST_TMPDIR/gate.$1" "$(work "$1.txt")"
}
let_go() { echo >"$BATS_TEST_TMPDIR/gate.$1"; }

@test "the first death is retried in silence, after a pause that is told; the second asks, with the record of the end (C-7 E-24)" {
	mkfifo "$BATS_TEST_TMPDIR/go"
	start_supervisor
	new 'dies always' "echo last words; [ \$REEVE_EPISODE = 1.1 ] || read -r _ <$BATS_TEST_TMPDIR/go; exit 3"
	wait_for 20 is_deaths 1 1
	reeve show 1 --json >"$BATS_TEST_TMPDIR/pause"
	if [ "$(jq -r .phase "$BATS_TEST_TMPDIR/pause")" = ready ]; then # the pause is short, the machine may be slow
		[[ $(jq -r .blocker.text "$BATS_TEST_TMPDIR/pause") == "tries again in "*": ended without a report: exit status 3" ]]
		[ "$(jq -r '.blocker | "\(.owner) \(.needs_person)"' "$BATS_TEST_TMPDIR/pause")" = 'time false' ]
	fi
	wait_for 20 is_phase 1 working
	[ "$(field 1 '(.episodes[1].opened | fromdate) - (.episodes[0].closed | fromdate)')" -ge 1 ]
	run reeve status
	[ "$status" = 0 ] # nobody has to do anything
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 attention
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *"ended without a report: exit status 3"* ]]
	[[ $output == *"reeve retry 1"* ]]
	is_deaths 1 2
	# the record of the end: eight fields, in JSON and in words
	for key in status summary root_cause safe_retry stop_condition human_input_required next_actions artifacts; do
		field 1 ".episodes[1].outcome | has(\"$key\")" | grep -qx true
	done
	run reeve show 1
	for words in '1.2 author' 'status: died' 'summary: ended without a report' 'root cause: ' 'safe to retry: yes' \
		'stop condition: ' 'needs from a person: ' 'next: reeve retry 1' 'artifact: ' 'deaths 2 of 2'; do
		[[ $output == *"$words"* ]] || { echo "no $words" && false; }
	done
	# nothing starts by itself any more; a person's retry gives it its budget back
	reeve sync
	[ "$(field 1 .episode)" = 1.2 ]
	reeve retry 1
	wait_for 20 is_phase 1 working
	is_deaths 1 0
}

@test "a question waits without a slot: with one slot another ticket starts, and the answer finds one later (A-14)" {
	config '[defaults]' 'slots = 1'
	start_supervisor
	new 'asks' 'if [ "$REEVE_EPISODE" = 1.1 ]; then reeve question -m "blue or red?"; exec sleep infinity; fi; '"$(work one.txt)"
	wait_for 20 is_phase 1 asking
	new 'works' "$(gated 2)"
	wait_for 20 is_phase 2 working
	new 'waits' "$(work three.txt)"
	reeve sync
	is_phase 3 ready
	is_blocker 3 '1 of 1 slots are in use'
	[ "$(field 3 .blocker.owner)" = worker ]
	reeve answer 1 blue
	wait_for 20 is_blocker 1 '1 of 1 slots are in use'
	is_phase 1 ready
	let_go 2
	wait_for 20 is_phase 1 human-review
	wait_for 20 is_phase 3 human-review
	[ "$(field 1 .deaths)" = 0 ]
}

@test "higher priority first, then the lower number; an edit of the priority counts" {
	config '[defaults]' 'slots = 1'
	log=$BATS_TEST_TMPDIR/order
	script="echo \$REEVE_TICKET >>$log; echo \$REEVE_TICKET >f; git add .; git commit -qm f; reeve done -m f"
	new 'low' "$script"
	new 'high' "$script" --priority 7
	new 'high, later' "$script" --priority 7
	new 'raised' "$script"
	reeve edit 4 --priority 1000
	run reeve new x -m x --priority 1001
	[ "$status" = 2 ]
	start_supervisor
	wait_for 30 is_phase 1 human-review
	[ "$(paste -sd' ' "$log")" = '4 2 3 1' ]
}

@test "slots of a repository and of all: who waits is told which, and starts when one is free" {
	git init -q -b main "$BATS_TEST_TMPDIR/lib"
	git -C "$BATS_TEST_TMPDIR/lib" commit -q --allow-empty -m first
	reeve repo add "$BATS_TEST_TMPDIR/lib"
	config '[defaults]' 'slots = 2' '[repo.app]' 'slots = 1'
	start_supervisor
	new 'one' "$(gated one)"
	wait_for 20 is_phase 1 working
	new 'two' "$(gated two)"
	reeve sync
	is_phase 2 ready
	is_blocker 2 '1 of 1 slots of repository app are in use'
	new 'three' "$(gated three)" --repo lib
	wait_for 20 is_phase 3 working
	new 'four' "$(gated four)" --repo lib
	reeve sync
	is_phase 4 ready
	is_blocker 4 '2 of 2 slots are in use'
	let_go three # frees one of all, none of app
	wait_for 20 is_phase 4 working
	reeve sync
	is_phase 2 ready
	let_go one
	wait_for 20 is_phase 2 working
	let_go two
	let_go four
	wait_for 20 is_phase 2 human-review
	wait_for 20 is_phase 4 human-review
}

@test "--park and --until: deferred from the first revision on, no start before; then it starts by itself (E-1 E-3 E-10)" {
	start_supervisor
	reeve new 'parked' -m "$(work p.txt)" --park
	at=$(date -u -d '+3 seconds' +%FT%TZ)
	reeve new 'later' -m "$(work u.txt)" --until "$at"
	reeve new 'much later' -m "$(work m.txt)" --until +2h
	reeve sync
	[ "$(field 1 '"\(.phase) \(.rev) \(.episode)"')" = 'parked 1 null' ]
	[ "$(field 3 '"\(.phase) \(.rev) \(.episode)"')" = 'ready 1 null' ]
	[[ $(blocker 3) == 'not before its time, in '*' min' ]] # 2 h less the moment that has passed
	reeve show 3 | grep -q '^next  *reeve edit 3 --until +0m, to start at once$'
	[ "$(field 3 .blocker.owner)" = time ]
	run reeve status
	[ "$status" = 0 ] # wanted so: nobody has to do anything
	wait_for 20 is_phase 2 human-review
	started=$(field 2 .episodes[0].opened)
	[[ ! $started < $at ]]
	reeve edit 3 --until "$at" # in the past now
	reeve unpark 1
	wait_for 20 is_phase 1 human-review
	wait_for 20 is_phase 3 human-review
}

@test "park and cancel of a running ticket say that its worker ends first, and it does; nothing is counted (E-4 E-8)" {
	start_supervisor
	new 'runs' 'trap "" TERM; echo $$ >'"$BATS_TEST_TMPDIR"'/pid.$REEVE_EPISODE; exec sleep infinity'
	wait_for 20 test -s "$BATS_TEST_TMPDIR/pid.1.1"
	wait_for 20 is_phase 1 working
	run reeve park 1
	[ "$status" = 0 ]
	[[ $output == '1: to be parked when its worker has ended (rev '*')' ]]
	wait_for 20 is_phase 1 parked
	[ ! -e "/proc/$(cat "$BATS_TEST_TMPDIR/pid.1.1")" ]
	[ "$(field 1 '.episodes[0].outcome.status')" = stopped ]
	run reeve status
	[ "$status" = 0 ]
	reeve unpark 1
	wait_for 20 test -s "$BATS_TEST_TMPDIR/pid.1.2"
	wait_for 20 is_phase 1 working
	run reeve cancel 1
	[[ $output == '1: to be cancelled when its worker has ended (rev '*')' ]]
	wait_for 20 is_phase 1 cancelled
	[ ! -e "/proc/$(cat "$BATS_TEST_TMPDIR/pid.1.2")" ]
	[ "$(field 1 .deaths)" = 0 ]
	run reeve retry 1
	[ "$status" = 1 ]
	[[ $output == *cancelled* ]]
	reeve fsck --live
}

@test "control/stop ends the workers and counts nothing; without it they go on from where they were (C-14 E-8)" {
	start_supervisor
	new 'runs' 'echo $$ >'"$BATS_TEST_TMPDIR"'/pid.$REEVE_EPISODE; [ $REEVE_EPISODE != 1.1 ] || exec sleep infinity; '"$(work a.txt)"
	wait_for 20 is_phase 1 working
	wait_for 20 test -s "$BATS_TEST_TMPDIR/pid.1.1"
	touch "$REEVE_STATE/control/stop"
	wait_for 20 is_phase 1 ready
	[ ! -e "/proc/$(cat "$BATS_TEST_TMPDIR/pid.1.1")" ]
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *'workers are stopped'* ]]
	[ "$(field 1 '"\(.deaths) \(.episodes[0].outcome.status)"')" = '0 stopped' ]
	reeve sync
	[ ! -e "$BATS_TEST_TMPDIR/pid.1.2" ]
	rm "$REEVE_STATE/control/stop"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.2 ]
}

@test "only a person opens a finished ticket again, and says why; the worker reads it (C-2 C-3 D-21)" {
	start_supervisor
	new 'once' "$(work a.txt); reeve() { :; }"
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	reeve sync
	rev=$(field 1 .rev)
	run reeve reopen 1
	[ "$status" = 2 ]
	[[ $output == *'say why'* ]]
	# what is no person: a worker, and a program that has an opinion of the result
	for actor in worker reeve agent:audit; do
		printf '{"kind":"reopen","ticket":"1","actor":"%s","body":"weak completion"}' "$actor" >"$REEVE_STATE/spool/tmp/x"
		mv "$REEVE_STATE/spool/tmp/x" "$REEVE_STATE/spool/new/reopen-$actor.json"
	done
	printf '{"kind":"NOTE","ticket":"1","nonce":"%064d","body":"weak completion"}' 7 >"$REEVE_STATE/spool/new/audit.json"
	reeve sync
	[ "$(field 1 '"\(.phase) \(.rev)"')" = "done $rev" ]
	[ -e "$REEVE_STATE/spool/refused/audit.json" ]
	reeve reopen 1 -m 'it fails on an empty list'
	wait_for 20 test -s "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	grep -q 'it fails on an empty list' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
}

@test "--after: starts when they are done; circles are refused; a cancelled one is a person's business (D-77 D-96)" {
	start_supervisor
	new 'first' "$(gated 1)"
	new 'second' "$(work second.txt)" --after 1
	new 'third' "$(work third.txt)" --after 1,2
	reeve sync
	is_phase 2 ready
	wait_for 20 is_phase 1 working
	is_blocker 2 'comes after 1 (working)'
	run reeve new 'itself' -m x --after 4
	[ "$status" = 1 ]
	[[ $output == *'no ticket 4'* ]]
	run reeve edit 1 --after 1
	[ "$status" != 0 ]
	[[ $output == *'cannot wait for itself'* ]]
	for on in 2 3; do # 3 comes after 2, which comes after 1
		run reeve edit 1 --after "$on"
		[ "$status" = 1 ]
		[[ $output == *'refused: invalid: it would come after'* ]]
	done
	[ "$(field 1 .after)" = null ]
	let_go 1
	wait_for 20 is_phase 1 human-review
	is_phase 2 ready # reported is not done
	reeve pass 1
	wait_for 20 is_phase 2 human-review
	reeve cancel 2
	wait_for 20 is_phase 2 cancelled
	is_phase 3 ready
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *'comes after 2 (cancelled)'* ]]
	[[ $output == *'reeve edit 3 --after IDS, or cancel it'* ]]
	reeve edit 3 --after 1
	wait_for 20 is_phase 3 human-review
}
