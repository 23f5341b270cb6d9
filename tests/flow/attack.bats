#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What an attacker and a new user tried: words that mislead, corrections that hit the wrong thing, what is left behind.
load world
load bad
setup() {
	world_up
	mkfifo "$BATS_TEST_TMPDIR/go"
}
teardown() { world_down; }

# A worker that waits until somebody writes into go.
hold() {
	printf 'read -r _ <>%s; ' "$BATS_TEST_TMPDIR/go"
}

# reviewer SCRIPT: who reviews what the agent `sh` made
reviewer() {
	printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/reviewer"
	git config -f "$REEVE_STATE/config" agent.sh.reviewer "sh $BATS_TEST_TMPDIR/reviewer"
}

main() {
	git -C "$REPO" rev-parse main
}

@test "tell is about no revision: taken also when the ticket moves in between, unless --expect says so (A-6 A-14)" {
	new 'told' 'true' --park
	start_supervisor
	freeze "$REEVED"
	reeve edit 1 --priority 3 --no-wait
	reeve tell 1 'the server is on port 8080' --no-wait
	kill -CONT "$REEVED"
	reeve sync
	says 0 'port 8080' reeve show 1
	[ "$(reeve status --json | jq '.refused | length')" = 0 ]
	says 1 'conflict' reeve tell 1 'and the other one' --expect 1
}

@test "adopt of what the target holds already says so, and merges nothing (A-20)" {
	before=$(main)
	start_supervisor
	new 'done by hand' "$(hold) exit"
	wait_for 20 is_phase 1 working
	says 0 "adopted ${before:0:12}, which main holds already: nothing will be merged; its worker is stopped first" \
		reeve adopt 1 main
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(main)" = "$before" ]
	stop_supervisor
	reeve fsck
}

@test "HEAD is that of the worktree where one stands, not the one of the repository's own (A-12 A-20)" {
	new 'mine' 'true' --park
	git worktree add -q -b other "$BATS_TEST_TMPDIR/there"
	cd "$BATS_TEST_TMPDIR/there"
	git commit -q --allow-empty -m 'over there'
	start_supervisor
	reeve adopt 1 HEAD
	[ "$(field 1 .pinned)" = "$(git rev-parse HEAD)" ]
	[ "$(field 1 .pinned)" != "$(main)" ]
}

@test "amend with what the work began from is refused: it holds none of it (A-12 D-13)" {
	start_supervisor
	new 'made' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	wait_for 20 ended 1
	made=$(field 1 .pinned)
	says 1 'so it holds none of it' reeve amend 1 main
	is_phase 1 human-review
	[ "$(field 1 .pinned)" = "$made" ]
}

@test "edit says what becomes of who works on the ticket (A-1 A-2)" {
	reviewer "$(hold)"
	start_supervisor
	new 'runs' "$(hold)"
	wait_for 20 is_phase 1 working
	[[ $(reeve edit 1 --priority 7) == '1: changed (rev '* ]]
	is_phase 1 working
	says 0 'changed; its worker is stopped, and a new one starts with that' reeve edit 1 -m "$(work one.txt)" --review agent
	wait_for 30 is_phase 1 reviewing
	says 0 'changed; its reviewer is stopped' reeve edit 1 --review human
	wait_for 20 is_phase 1 human-review
	reeve edit 1 --merge manual
	reeve pass 1
	wait_for 20 is_phase 1 approved
	says 0 'changed; and what was passed is not' reeve edit 1 --title 'another task'
}

@test "the record of an end has the worker's words, and never a retry that it calls unsafe (C-7 E-23)" {
	start_supervisor
	new 'reports' "$(work one.txt)"
	new 'asks' 'reeve question "which port?"; exit 0'
	new 'dies' 'exit 3'
	closed() { [ "$(field "$1" '.episodes[0].outcome.status')" = "$2" ]; }
	wait_for 20 closed 1 reported
	wait_for 20 closed 2 asked
	wait_for 20 is_phase 3 attention
	[ "$(field 1 '.episodes[0].outcome | [.summary, .safe_retry, .next_actions]' | jq -c .)" = '["made one.txt",false,["reeve show 1"]]' ]
	[ "$(field 2 '.episodes[0].outcome | [.summary, .safe_retry, .root_cause, .next_actions]' | jq -c .)" = \
		'["which port?",false,null,["reeve show 2","reeve answer 2 -m TEXT"]]' ]
	[ "$(field 3 '.episodes[-1].outcome | [.safe_retry, .next_actions]' | jq -c .)" = '[true,["reeve show 3","reeve retry 3"]]' ]
	stop_supervisor
	reeve fsck
}

@test "what holds back all is said once, and asked of no single ticket (D-14 C-15)" {
	reeve new 'one' -m x
	reeve new 'two' -m x
	reeve new 'later' -m x --until +1h
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *'supervisor: not running; start it with `reeve up -d`; 3 tickets wait for that'* ]]
	[[ $output != *'waits for a person'* ]]
	[ "$(reeve status --json | jq .waiting)" = 1 ]
	reeve halt
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *'`reeve resume` ends it; 3 tickets wait for that'* ]]
	[[ $output != *'waits for a person'* ]]
	start_supervisor
	[ "$(reeve status --json | jq .waiting)" = 1 ]
	[ "$(field 3 '.blocker | [.text, .needs_person, .global]' | jq -c .)" = '["the kill switch is on",true,true]' ]
	reeve cancel 1 2 3
	says 0 'kill switch: on' reeve status # and nothing waits for that
}

@test "retry of any ticket behind an open breaker tries that one at once (D-56 E-24)" {
	local i
	git config -f "$REEVE_STATE/config" agent.gone.start "$BATS_TEST_TMPDIR/agent {text}"
	start_supervisor
	for i in 1 2 3 4; do
		new "needs it $i" "$(work "f$i.txt")" --agent gone
	done
	wait_for 30 blocked 4 'agent gone failed 3 times'
	run reeve status
	[[ $output == *'agent gone failed 3 times in a row'* ]]
	[[ $output != *'waits for a person'* ]] # it is said once
	[ "$(reeve status --json | jq .waiting)" = 1 ]
	printf '#!/bin/sh\nexec sh -c "$1"\n' >"$BATS_TEST_TMPDIR/agent"
	chmod +x "$BATS_TEST_TMPDIR/agent"
	[ "$(field 4 .rev)" = 1 ]
	began=$SECONDS
	at_once 4
	wait_for 20 is_phase 4 human-review
	[ $((SECONDS - began)) -lt 35 ] # the pause of the others is 40 s
	for i in 1 2 3; do
		wait_for 20 is_phase "$i" human-review
	done
	stop_supervisor
	reeve fsck
}

@test "a reviewer's worktree goes with it, whatever a build left in it; that is kept in a ref (D-80 X-34)" {
	reviewer 'echo junk >built.o; echo changed >one.txt; reeve pass -m good'
	start_supervisor
	new 'reviewed' "$(work one.txt)" --review agent
	wait_for 30 is_phase 1 done
	gone() { ! compgen -G "$REEVE_STATE/worktrees/app/*" >/dev/null; }
	wait_for 20 gone
	forgotten() { [ "$(git -C "$REPO" worktree list | wc -l)" = 1 ]; }
	wait_for 20 forgotten
	[ "$(git -C "$REPO" show refs/reeve/1/2-salvage:built.o)" = junk ]
	[ "$(git -C "$REPO" show main:one.txt)" = text ]
	stop_supervisor
	reeve fsck --git
}

@test "an episode that never began has no launcher, whoever works on the ticket later (D-7 D-24)" {
	: >"$BATS_TEST_TMPDIR/file"
	config '[tmux]' "socket = $BATS_TEST_TMPDIR/file/tmux"
	start_supervisor
	new 'starts late' "$(hold)"
	revoked() { [ -e "$REEVE_STATE/tickets/1/episodes/1/revoked" ] && is_phase 1 ready; }
	wait_for 20 revoked
	stop_supervisor
	rm "$REEVE_STATE/tickets/1/episodes/1/lock" # as when it was stopped before that was made
	config '[tmux]' "socket = $SOCKET"
	start_supervisor
	reeve retry 1
	wait_for 20 is_phase 1 working
	reeve fsck --live --git
}

@test "a text that is too long is refused, and not to be tried again (X-6)" {
	new 'short' 'true' --park
	head -c 200000 /dev/zero | tr '\0' a >"$BATS_TEST_TMPDIR/big"
	says 1 'longer than' reeve tell 1 -F "$BATS_TEST_TMPDIR/big"
	says 1 'longer than' reeve new 'long' -F "$BATS_TEST_TMPDIR/big"
}

@test "edit --review none while a reviewer works: nobody judges it any more, and it lands (A-18 D-19)" {
	reviewer "$(hold)"
	start_supervisor
	new 'reviewed' "$(work one.txt)" --review agent
	wait_for 30 is_phase 1 reviewing
	says 0 'changed; its reviewer is stopped' reeve edit 1 --review none
	wait_for 20 is_phase 1 done
	git -C "$REPO" show main:one.txt
	stop_supervisor
	reeve fsck --git
}

@test "a refused report is adopted once (A-20 E-20)" {
	wrong=$(printf '%064d' 0)
	start_supervisor
	new 'confused' "echo text >hello.txt; git add .; git commit -qm hello; REEVE_NONCE=$wrong reeve done -m 'made hello'; $(hold)"
	one() { reeve status --json | jq -er '.refused[0].name'; }
	wait_for 20 one
	wait_for 20 is_phase 1 working # a wrong nonce does not prove that it has started
	name=$(one)
	reeve halt # a person's word counts all the same
	says 0 'adopted' reeve adopt "$name"
	wait_for 20 is_phase 1 human-review
	says 1 'was adopted already, by revision 4 of ticket 1' reeve adopt "$name"
	reeve sync
	[ "$(grep -c 'adopts=' "$REEVE_STATE/tickets/1/ticket")" = 1 ]
}

@test "a ticket that was done, reopened and done again leaves no worktree behind (E-29 C-2)" {
	start_supervisor
	new 'twice' "$(work "\$REEVE_EPISODE.txt")" --review none
	cleaned() { is_phase 1 done && [ "$(field 1 .episode)" = "$1" ] && ! compgen -G "$REEVE_STATE/worktrees/app/*" >/dev/null; }
	wait_for 20 cleaned 1.1
	reeve reopen 1 -m 'once more'
	wait_for 20 cleaned 1.2
	git -C "$REPO" show main:1.2.txt
}
