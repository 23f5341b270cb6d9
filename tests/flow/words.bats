#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a person reads: it is true, it is whole, and what it says is next works when it is pasted.

load world
setup() { world_up; }
teardown() { world_down; }

# says STATUS TEXT COMMAND...: that exit status, and the text somewhere in what it prints.
says() {
	local want=$1 text=$2
	shift 2
	run "$@"
	[ "$status" = "$want" ] && [[ $output == *"$text"* ]] || {
		echo "wanted $want and: $text; got $status and: $output"
		return 1
	}
}
first_line() {
	run "$@"
	[ "$status" = 2 ] && echo "${lines[0]}"
}

@test "init says what is next in lines, each for a terminal of 80 columns, and no escapes" {
	run cat "$BATS_TEST_TMPDIR/init.out"
	[[ $output == *$'\nnext: `reeve new "TITLE" -m '*$'\nthe agent sh runs the text of a ticket as a script'* ]]
	[[ $output != *'\n'* ]]
	[ -z "$(grep '^next\|^the agent\|^agent' "$BATS_TEST_TMPDIR/init.out" | grep '.\{81\}')" ]
}

@test "a directory that is no state directory is not to be opened to, or closed for, anybody" {
	mkdir "$BATS_TEST_TMPDIR/project"
	echo mine >"$BATS_TEST_TMPDIR/project/file"
	chmod 0755 "$BATS_TEST_TMPDIR/project"
	export REEVE_STATE=$BATS_TEST_TMPDIR/project
	says 74 'holds other things already' reeve init
	[[ $output != *chmod* ]]
	for c in ls status 'new x' doctor; do
		# shellcheck disable=SC2086
		says 74 'is no state directory' reeve $c
		[[ $output != *chmod* ]]
	done
	[ "$(ls -A "$REEVE_STATE")" = file ]
	mkdir -m 0755 "$BATS_TEST_TMPDIR/empty"
	REEVE_STATE=$BATS_TEST_TMPDIR/empty says 74 "Run \`chmod 700 $BATS_TEST_TMPDIR/empty\`" reeve init
}

@test "what is missing is named, and quotes are spoken of where there are words to quote" {
	reeve new one --park
	[ "$(first_line reeve show)" = 'reeve: show: ID is missing' ]
	[ "$(first_line reeve assign 1)" = 'reeve: assign: AGENT is missing' ]
	[ "$(first_line reeve comment 1)" = 'reeve: comment: FILE is missing' ]
	[ "$(first_line reeve new)" = 'reeve: new: TITLE is missing' ]
	[ "$(first_line reeve repo add)" = 'reeve: repo: add: PATH is missing' ]
	[ "$(first_line reeve repo rm)" = 'reeve: repo: rm: NAME is missing' ]
	[ "$(first_line reeve repo list)" = 'reeve: repo: add, ls or rm?' ]
	[ "$(first_line reeve tell 1 use port)" = 'reeve: tell: "port" is too much: a text of several words needs quotes' ]
	[ "$(first_line reeve fail 1 -m not good)" = 'reeve: fail: "good" is too much: a text of several words needs quotes' ]
	[ "$(first_line reeve show 1 2)" = 'reeve: show: "2" is too much' ]
}

@test "up: a supervisor that runs already is named by its pid, and by nothing else" {
	start_supervisor
	for way in '' -d; do
		# shellcheck disable=SC2086
		run reeve up $way
		[ "$status" = 75 ]
		[ "$output" = "reeve: another supervisor runs, or a command that decides without one: pid $REEVED" ]
	done
}

@test "a refused signal whose name begins with a dash: the command that is shown ends it (B-9)" {
	echo garbage >"$REEVE_STATE/spool/new/-rf.json"
	reeve sync
	run reeve status
	[ "$status" = 1 ]
	shown=$(sed -n 's/^  *\(reeve discard .*\)/\1/p' <<<"$output")
	[ "$shown" = 'reeve discard -- -rf.json' ]
	run reeve doctor
	[[ $output == *'NAME is -- -rf.json'* ]]
	eval "$shown"
	[ -z "$(ls "$REEVE_STATE/spool/refused")" ]
}

@test "who asks and ends its turn did not die: not for people, not for the next worker" {
	start_supervisor
	new 'asks' 'case $REEVE_EPISODE in 1.1) reeve question "which?";;
		*) git add -A; git commit -q --allow-empty -m x; reeve done -m x;; esac'
	wait_for 20 is_phase 1 asking
	wait_for 20 eval '[ "$(field 1 .episode_state)" = null ]'
	run reeve show 1
	[[ $output == *': asked, exit status 0'* ]]
	[[ $output == *'has ended: asked  ended after its question: exit status 0'* ]]
	[[ $output != *died* && $output != *'without a report'* ]]
	[ "$(field 1 .deaths)" = 0 ]
	reeve answer 1 'use both'
	wait_for 20 is_phase 1 human-review
	brief=$REEVE_STATE/tickets/1/episodes/2/brief.md
	grep -q 'An earlier episode asked' "$brief"
	run grep -i 'ended\|without a report' "$brief"
	[ "$status" = 1 ]
}

@test "who asks and dies with work that is not committed: the next worker is told where that is (A-11)" {
	start_supervisor
	new 'asks' 'case $REEVE_EPISODE in 1.1) echo half >half; reeve question "which?"; kill -KILL $$;;
		*) git add -A; git commit -q --allow-empty -m x; reeve done -m x;; esac'
	wait_for 20 is_phase 1 asking
	wait_for 20 eval '[ "$(field 1 .episode_state)" = null ]'
	kept=$(git -C "$REPO" rev-parse refs/reeve/1/1-salvage)
	reeve answer 1 'use both'
	wait_for 20 is_phase 1 human-review
	run grep -A4 'The episode that asked has ended' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	[[ $output == *"Its uncommitted work is kept as commit $kept."* ]]
}

@test "doctor: what is to be done about an agent with a path of its own that is not there" {
	config '[agent.mine]' 'start = /nowhere/mine {prompt}' '[agent.theirs]' 'start = nowhere-theirs {prompt}'
	says 1 'mend: install /nowhere/mine, or correct start of this agent in the configuration' reeve doctor
	[[ $output == *'mend: install nowhere-theirs, or put its directory on the PATH of the supervisor'* ]]
}

@test "what is refused as conflict names the ticket to look at, as it can be typed" {
	reeve new one --park
	says 1 'refused: conflict: the ticket changed meanwhile. Look at it again (`reeve show 1`) and repeat' \
		reeve unpark 1 --expect 7
	printf '{"kind":"merge","ticket":"1","actor":"boss"}\n' >"$REEVE_STATE/spool/new/boss.json"
	reeve sync
	grep -q '^text: .*See `reeve show 1`$' "$REEVE_STATE/spool/refused/boss.why"
}

@test "new --base of a branch that is not there: it warns, and holds back no other ticket (D-56)" {
	start_supervisor
	says 0 'warning: repository app has no branch "mian": nobody starts before it has one' new typo "$(work a.txt)" --base mian
	wait_for 20 grep -q '^Blame: ticket$' "$REEVE_STATE/tickets/1/ticket"
	run reeve show 1
	[[ $output == *'has no branch "mian": make it, or give the ticket another base'* ]]
	[[ $output == *'reeve: its own worktree, branch, base or gate stood in the way'* ]]
	git -C "$REPO" branch later
	run reeve new fine -m "$(work b.txt)" --base later
	[ "$output" = 2 ]
	wait_for 20 is_phase 2 human-review
	says 0 'warning: repository app has no branch "mina"' reeve edit 1 --base mina
	reeve edit 1 --base main
	at_once 1
	wait_for 20 is_phase 1 human-review
}

@test "a ticket file that a hand spoilt: status says what brings it back, and that does (X-25)" {
	start_supervisor
	reeve new one --park
	reeve new two --park
	sed -i 's/^Phase: parked/Phase: done/' "$REEVE_STATE/tickets/1/ticket"
	reeve sync || :
	run reeve status
	[ "$status" = 1 ]
	shown=$(sed -n 's/^  *undo that, or \(cp .*\)/\1/p' <<<"$output")
	[ "$shown" = "cp $REEVE_STATE/tickets/1/ticket.last-good $REEVE_STATE/tickets/1/ticket" ]
	eval "$shown"
	reeve sync
	reeve unpark 1
	reeve fsck
	stop_supervisor
	sed -i 's/^Phase: parked/Phase: done/' "$REEVE_STATE/tickets/2/ticket" # nobody was there to keep a copy
	run reeve status
	[[ $output == *"leads to 'parked'"$'\n      reeve fsck\n'* ]]
}

@test "hundreds of refused signals: what may be work is shown among them, and what waits for a person is not lost (X-26 B-9)" {
	start_supervisor
	new work "git commit -q --allow-empty -m x; printf '{\"ticket\":\"1\",\"nonce\":\"%064d\",\"kind\":\"DONE\"}' 0 >\"\$REEVE_STATE/spool/new/work.json\""
	wait_for 20 test -e "$REEVE_STATE/spool/refused/work.why"
	wait_for 20 is_phase 1 attention
	for i in $(seq 100 220); do echo garbage >"$REEVE_STATE/spool/new/a$i.json"; done
	reeve sync
	run reeve status
	[ "$(grep -c 'reeve discard a[0-9]*.json$' <<<"$output")" = 20 ]
	[[ $output == *'and 101 more, none of which can be adopted'* ]]
	grep -q 'reeve adopt work.json' <<<"$output"
	[ "$(reeve status --json | jq '.refused | length')" = 122 ]
	[ "$(reeve doctor | grep -c '^mend  *refused: a')" = 121 ]
}

@test "a text that cannot be read and a directory that is no repository: each is named once, with what can be done" {
	says 74 "reeve: the text: $BATS_TEST_TMPDIR: cannot read: Is a directory" reeve new one -F "$BATS_TEST_TMPDIR"
	head -c 200000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/long"
	says 1 "reeve: the text: $BATS_TEST_TMPDIR/long: cannot read: it is longer than 131072 bytes" reeve new one -F "$BATS_TEST_TMPDIR/long"
	cd "$BATS_TEST_TMPDIR"
	says 1 'Name one with --repo, or add it with `reeve repo add PATH`' reeve new one
	reeve new one --repo app --park
}

@test "show says what is next from here, where the last screen is, and nothing that is past" {
	start_supervisor
	new dies 'echo my last words; exit 3'
	wait_for 20 is_phase 1 attention
	run reeve show 1
	grep -qx 'next  *reeve retry 1, or edit, assign, adopt, cancel' <<<"$output"
	[ "$(grep -c '^    next: ' <<<"$output")" = 2 ] # of the end that it stands there for
	shown=$(sed -n 's/^    artifact: tail.txt (\(reeve tail 1.2\))$/\1/p' <<<"$output")
	[[ $(eval "$shown" 2>/dev/null) == *'my last words'* ]]
	[[ $(reeve status) == *'reeve show 1; then reeve retry 1, or edit, assign, adopt, cancel'* ]]
	[ "$(field 1 .blocker.next)" = 'reeve show 1; then reeve retry 1, or edit, assign, adopt, cancel' ]
}
