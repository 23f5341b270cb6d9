#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A real agent, $REEVE_TEST_AGENT, from its start to what it reports.
load agents
setup() { agents_up "$REEVE_TEST_AGENT"; }
teardown() { agents_down; }

# The agent of episode $1: what its reeve-run started.
agent_pid() {
	pgrep -P "$(pgrep -f "^[^ ]*/reeve-run $REEVE_STATE $1\$")"
}

# The second episode goes on with what the model SAID in the first one.
goes_on_with() {
	first_of_second | jq -e --arg said "$1" 'any(.model_said[]; contains($said))'
}

# The model has said $1; or the agent was ended before it could ask, its report being there.
is_over() {
	asked ".does == \"say $1\"" || field 1 '.history[].event' | grep -qx closed
}

# The first request of the second episode: after those that there were when until_now was called.
until_now() {
	jq -s 'map(.n) | max' "$PLAYS/log.jsonl" >"$PLAYS/before"
}
first_of_second() {
	jq -sc --argjson n "$(cat "$PLAYS/before")" 'map(select(.n > $n and .play and .does))[0]' "$PLAYS/log.jsonl"
}

@test "nothing but loopback is there" {
	[ "$(grep -c : /proc/net/dev)" = 1 ]
	grep -q '^ *lo:' /proc/net/dev
}

@test "it commits and reports by command (E-21)" {
	play plain <<-'P'
		sh echo text >hello.txt && git add . && git commit -qm 'add hello' && reeve done -m 'made hello'
		say finished
	P
	start_supervisor
	ticket 'hello' plain
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	[ "$(git -C "$REPO" show "$(field 1 .branch)":hello.txt)" = text ]
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(git -C "$REPO" show main:hello.txt)" = text ]
	stop_supervisor
	reeve fsck
}

@test "it commits and reports by the tool (E-20)" {
	play tool <<-'P'
		sh echo text >hello.txt && git add . && git commit -qm 'add hello'
		tool report_done {"summary":"made by \"tool\""}
		say finished
	P
	start_supervisor
	ticket 'hello' tool
	wait_for "$WAIT" is_phase 1 human-review
	grep -q 'made by "tool"' "$REEVE_STATE/tickets/1/ticket"
}

@test "it commits and reports by a file (E-21)" {
	play file <<-'P'
		sh echo text >hello.txt && git add . && git commit -qm 'add hello'
		sh S=$REEVE_STATE/spool; printf '{"ticket":"%s","nonce":"%s","kind":"DONE"}\n' $REEVE_TICKET $REEVE_NONCE >$S/tmp/by-hand && mv -n $S/tmp/by-hand $S/new/by-hand.json
		say finished
	P
	start_supervisor
	ticket 'hello' file
	wait_for "$WAIT" is_phase 1 human-review
	[ -e "$REEVE_STATE/spool/done/by-hand.json" ]
}

@test "a question, its answer: the same session goes on (A-14)" {
	play asks <<-'P'
		sh reeve question -m 'red or blue?' --no-wait
		say I wait for the answer
		when paint it blue
		sh echo blue >colour && git add . && git commit -qm 'add colour' && reeve done -m 'it is blue'
		say painted
	P
	start_supervisor
	ticket 'colour' asks
	wait_for "$WAIT" is_phase 1 asking
	wait_for "$WAIT" is_over 'I wait for the answer'
	until_now
	reeve answer 1 -m 'paint it blue'
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.2 ]
	[ "$(first_of_second | jq -r .scene)" = 'paint it blue' ]
	goes_on_with 'red or blue?'
}

@test "FAIL: the same session corrects it, and it lands (D-30)" {
	play corrects <<-'P'
		sh echo helo >hello.txt && git add . && git commit -qm 'add hello' && reeve done -m 'made hello'
		say finished
		when an l is missing
		sh echo hello >hello.txt && git commit -qam 'correct it' && reeve done -m 'corrected'
		say corrected
	P
	start_supervisor
	ticket 'hello' corrects
	wait_for "$WAIT" is_phase 1 human-review
	wait_for "$WAIT" is_over finished
	until_now
	reeve fail 1 -m 'an l is missing'
	wait_for 10 is_phase 1 working
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(first_of_second | jq -r .scene)" = 'an l is missing' ]
	goes_on_with 'echo helo'
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(git -C "$REPO" show main:hello.txt)" = hello ]
}

@test "it reviews what it made, with the tool: FAIL goes back, PASS lands (B-7 A-21)" {
	play both <<-'P'
		sh echo helo >hello.txt && git add . && git commit -qm 'add hello' && reeve done -m 'made hello'
		say finished
		when an l is missing
		sh echo hello >hello.txt && git commit -qam 'correct it' && reeve done -m 'corrected'
		say corrected
		when Review of ticket 1
		sh grep -q hello hello.txt && reeve pass -m 'it is there' || echo it is not
		tool report_verdict {"verdict":"fail","feedback":"an l is missing"}
		say judged
	P
	start_supervisor
	ticket 'hello' both --review agent
	wait_for "$WAIT" asked '.does == "say finished"'
	wait_for "$WAIT" asked '.scene == "Review of ticket 1"'
	wait_for "$WAIT" asked '.scene == "an l is missing"'
	[ "$(field 1 .cycles)" = 1 ]
	wait_for "$WAIT" asked '.does == "say corrected"'
	wait_for "$WAIT" is_phase 1 done
	[ "$(git -C "$REPO" show main:hello.txt)" = hello ]
	[ "$(field 1 '[.history[].event | select(. == "PASS" or . == "FAIL")] | join(" ")')" = 'FAIL PASS' ]
}

@test "killed in the middle of a turn: started again, and told what was (X-19 E-11)" {
	play dies <<-'P'
		sh echo one >one.txt && git add . && git commit -qm 'add one'
		wait killed
		sh echo two >two.txt && git add . && git commit -qm 'add two' && reeve done -m 'made two'
		say finished
	P
	start_supervisor
	ticket 'two files' dies
	wait_for "$WAIT" asked '.waits == "killed"'
	kill -KILL "$(agent_pid 1.1)"
	is_judged() { [ "$(field 1 .deaths)" = 1 ]; }
	wait_for 20 is_judged
	until_now
	cue killed
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.2 ]
	goes_on_with 'add one'
	git -C "$REPO" log --format=%s main.."$(field 1 .branch)" | grep -qx 'add two'
}

@test "a turn that ends without a report: reminded by its hook, it reports (E-42)" {
	play forgets <<-'P'
		sh echo text >hello.txt && git add . && git commit -qm 'add hello'
		say That is done.
		when without a report
		sh reeve done -m 'now reported'
		say reported
	P
	start_supervisor
	ticket 'hello' forgets
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	grep -q 'now reported' "$REEVE_STATE/tickets/1/ticket"
	asked '.scene == "without a report" and any(.model_said[]; contains("That is done."))'
}

@test "words for a busy worker: it is told at the end of its turn, reads them, and does them (B-11)" {
	play hears <<-'P'
		sh git commit -q --allow-empty -m 'the work'
		wait told
		say That is done.
		when message of reeve waits for you
		sh reeve inbox >heard.txt; git add . && git commit -qm 'heard' && reeve done -m 'heard it'
		say done
	P
	start_supervisor
	ticket 'hello' hears
	wait_for "$WAIT" asked '.waits == "told"'
	reeve tell 1 'use port 8080'
	cue told
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	git -C "$REPO" show "$(field 1 .branch)":heard.txt | grep -q 'use port 8080'
}

@test "three at once: each reports its own, nothing of another (E-20 X-33)" {
	start_supervisor
	for n in 1 2 3; do
		play "part-$n" <<-P
			sh echo "\$REEVE_TICKET" >own.txt && git add . && git commit -qm "own of \$REEVE_TICKET"
			wait together
			tool report_done {"summary":"the work of part $n"}
			say finished
		P
		ticket "part $n" "part-$n"
	done
	for n in 1 2 3; do
		wait_for "$WAIT" asked ".play == \"part-$n\" and .waits == \"together\""
	done
	cue together
	for n in 1 2 3; do
		wait_for "$WAIT" is_phase "$n" human-review
		[ "$(git -C "$REPO" show "$(field "$n" .branch)":own.txt)" = "$n" ]
		[ "$(grep -o 'the work of part [0-9]*' "$REEVE_STATE/tickets/$n/ticket" | sort -u)" = "the work of part $n" ]
	done
	[ -z "$(find "$REEVE_STATE/spool/refused" -name '*.json')" ]
}
