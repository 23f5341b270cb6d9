#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A person corrects: assign, adopt, amend, tell; reviewers that are agents; the breaker.
load world
load bad
setup() {
	world_up
	mkfifo "$BATS_TEST_TMPDIR/go"
	WRONG=$(printf '%064d' 0)
}
teardown() { world_down; }

# A worker that waits until somebody writes into go.
hold() {
	printf 'read -r _ <>%s; ' "$BATS_TEST_TMPDIR/go"
}

# The branch `mine` of the person: one commit with file $1 on main; prints its id.
mine() {
	git -C "$REPO" switch -qc mine main
	echo mine >"$REPO/$1"
	git -C "$REPO" add "$1"
	git -C "$REPO" commit -qm "add $1 myself"
	git -C "$REPO" rev-parse HEAD
	git -C "$REPO" switch -q main
}

# main of the repository holds this commit
landed() {
	git -C "$REPO" merge-base --is-ancestor "$1" main
}

# reviewer SCRIPT: who reviews what the agent `sh` made
reviewer() {
	printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/reviewer"
	git config -f "$REEVE_STATE/config" agent.sh.reviewer "sh $BATS_TEST_TMPDIR/reviewer"
}

# Names of what lies in refused/, of this kind and reason.
refused_of() {
	reeve status --json | jq -r --arg kind "$1" --arg why "$2" '.refused[] | select(.kind == $kind and .reason == $why) | .name'
}

is_refused() {
	[ -n "$(refused_of "$1" "$2")" ]
}

@test "assign: the worker is stopped, what it still says is superseded, the other one does it (A-3 A-5)" {
	git config -f "$REEVE_STATE/config" agent.other.start 'sh -c {text}'
	start_supervisor
	new 'first agent' "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/nonce
		case \$REEVE_EPISODE in 1.1) trap '' TERM HUP; $(hold) exit;; esac; $(work hello.txt)"
	wait_for 20 is_phase 1 working
	wait_for 20 test -s "$BATS_TEST_TMPDIR/nonce"
	nonce=$(cat "$BATS_TEST_TMPDIR/nonce")
	says 1 'there is no agent "nobody"' reeve assign 1 nobody
	says 0 'assigned to other; its worker is stopped first' reeve assign 1 other -m 'it does not listen'
	printf '{"ticket":"1","episode":"1.1","nonce":"%s","kind":"DONE","commit":"%s","summary":"late"}' \
		"$nonce" "$(git -C "$REPO" rev-parse main)" >"$REEVE_STATE/spool/tmp/late"
	mv "$REEVE_STATE/spool/tmp/late" "$REEVE_STATE/spool/new/late.json"
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .agent)" = other ]
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(field 1 .episode)" = 1.2 ]
	wait_for 20 grep -qsE '^reason: (superseded|stale)$' "$REEVE_STATE/spool/refused/late.why"
	grep -q 'it does not listen' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	wait_for 20 ended 1
	says 1 'assign is for tickets that are' sh -c 'reeve cancel 1 >/dev/null && reeve assign 1 sh'
	reeve fsck --live
}

@test "assign is about the revision that was read, and refused when it is another one (A-20)" {
	git config -f "$REEVE_STATE/config" agent.other.start 'sh -c {text}'
	new 'parked' 'true' --park
	reeve edit 1 --priority 7
	says 1 'conflict' reeve assign 1 other --expect 1
	[ "$(field 1 .agent)" = sh ]
	says 0 'assigned to other; it stays parked' reeve assign 1 other --expect 2
	is_phase 1 parked
}

@test "adopt: a commit of a branch of my own becomes the work, and lands (A-20 A-12 A-15)" {
	commit=$(mine own.txt)
	start_supervisor
	new 'worked on' "$(hold) exit"
	wait_for 20 is_phase 1 working
	says 2 'which commit is the work of ticket 1' reeve adopt 1
	says 1 'names no commit' reeve adopt 1 nonsense
	says 1 'names no commit' reeve adopt 1 -- --all
	says 1 'names no commit' reeve adopt 1 ^mine
	is_phase 1 working
	says 0 "adopted ${commit:0:12}; its worker is stopped first" reeve adopt 1 mine -m 'did it myself'
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .pinned)" = "$commit" ]
	[ "$(field 1 .deaths)" = 0 ]
	says 0 'by a person' reeve show 1
	reeve pass 1
	wait_for 20 is_phase 1 done
	landed "$commit"
	stop_supervisor
	reeve fsck
}

@test "adopt without a supervisor, of a parked ticket: it stays parked, and goes on from there (A-20)" {
	commit=$(mine own.txt)
	new 'parked' 'exit 1' --park
	reeve adopt 1 "${commit:0:10}" || start_supervisor
	if [ -n "$REEVED" ]; then reeve sync; fi
	is_phase 1 parked
	[ "$(field 1 .pinned)" = "$commit" ]
	[ -n "$REEVED" ] || start_supervisor
	reeve unpark 1
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	landed "$commit"
}

@test "adopt a refused DONE by its name: a wrong nonce while its worker lives (E-13 E-17 A-20)" {
	start_supervisor
	new 'confused' "echo text >hello.txt; git add .; git commit -qm hello; REEVE_NONCE=$WRONG reeve done -m 'made hello'; $(hold)"
	wait_for 20 is_refused DONE unauthenticated
	wait_for 20 is_phase 1 working # a wrong nonce does not prove that it has started
	name=$(refused_of DONE unauthenticated)
	commit=$(git -C "$REPO" rev-parse reeve/1-confused)
	says 1 "maybe done: commit ${commit:0:12}" reeve status
	says 1 "reeve adopt $name takes it" reeve status
	is_phase 1 working
	says 0 "adopted ${commit:0:12}" reeve adopt "$name"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .pinned)" = "$commit" ]
	# it is kept, and waits for nobody any more
	[ -e "$REEVE_STATE/spool/refused/$name" ]
	[[ $(reeve status) != *"$name"* ]]
	says 0 'adopted by revision' reeve show 1
	grep -q "T67 .*adopts=${name%.json}" "$REEVE_STATE/tickets/1/ticket"
	reeve pass 1
	wait_for 20 is_phase 1 done
	landed "$commit"
	says 1 'nothing refused is called' reeve adopt no-such-name
	stop_supervisor
	reeve fsck
}

@test "a worker whose nonce is wrong and that ends: maybe done, not done again; adopted, it lands (E-17 D-24)" {
	start_supervisor
	new 'confused' "echo text >hello.txt; git add .; git commit -qm hello; REEVE_NONCE=$WRONG reeve done -m 'made hello'; exit 0"
	wait_for 30 is_phase 1 attention
	blocked 1 'maybe done: commit'
	[ "$(field 1 .episode)" = 1.1 ]
	commit=$(git -C "$REPO" rev-parse reeve/1-confused)
	name=$(refused_of DONE unauthenticated)
	says 0 'stop condition: a report that could not be taken' reeve show 1
	reeve adopt "$name"
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	landed "$commit"
	[ "$(field 1 .episode)" = 1.1 ]
}

@test "only a DONE or REVIEW is adopted; for others it says what to do instead (A-19)" {
	start_supervisor
	new 'asks' "REEVE_NONCE=$WRONG reeve question 'which one?'; REEVE_NONCE=$WRONG reeve note n; $(hold)"
	wait_for 20 is_refused NOTE unauthenticated
	wait_for 20 is_phase 1 working
	says 1 'reeve tell 1' reeve adopt "$(refused_of QUESTION unauthenticated)"
	says 1 'names no work' reeve adopt "$(refused_of NOTE unauthenticated)"
	ln -s /etc/passwd "$REEVE_STATE/spool/new/link.json"
	reeve sync
	says 1 'reeve adopt ID COMMIT' reeve adopt link.json
	says 2 'neither a ticket nor a refused signal' reeve adopt ../new/x.json
	is_phase 1 working
}

@test "amend: my own commit takes the place; a verdict for the old one is refused (D-13 A-12)" {
	start_supervisor
	new 'nearly good' "$(work hello.txt)" --merge manual
	wait_for 20 is_phase 1 human-review
	old=$(field 1 .pinned)
	reeve pass 1
	wait_for 20 is_phase 1 approved
	wait_for 20 ended 1
	tree=$(field 1 .worktree)
	echo better >"$tree/hello.txt"
	git -C "$tree" commit -qam 'better'
	new=$(git -C "$tree" rev-parse HEAD)
	says 0 "the verdict is about ${new:0:12} from now on, and what was passed is not" reeve amend 1
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .pinned)" = "$new" ]
	[ "$(field 1 .passed)" = null ]
	says 1 'wrong-commit' reeve pass 1 --commit "$old"
	mine other.txt >/dev/null
	says 1 'bad-artifact' reeve amend 1 mine
	reeve pass 1
	reeve merge 1
	wait_for 20 is_phase 1 done
	landed "$new"
	[ "$(git -C "$REPO" show main:hello.txt)" = better ]
}

@test "tell: to a busy worker: in the brief of the next start, and shown until then (A-6 A-14 E-11)" {
	start_supervisor
	new 'listens' "case \$REEVE_EPISODE in 1.1) $(hold);; *) grep -q 'port 8080' \$REEVE_BRIEF || exit 1;; esac; echo \$REEVE_EPISODE >f; $(work hello.txt)"
	wait_for 20 is_phase 1 working
	says 2 'tell it what' reeve tell 1
	says 0 'goes to the inbox of the worker that is on it now' reeve tell 1 'the server is on port 8080'
	is_phase 1 working
	says 0 'told, not delivered' reeve show 1
	says 0 'port 8080' reeve show 1
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	reeve fail 1 -m 'again'
	wait_for 20 test "$(wait_for 20 is_phase 1 human-review && field 1 .episode)" = 1.2
	[[ $(reeve show 1) != *'told, not delivered'* ]]
	grep -q 'port 8080' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
}

@test "an agent reviews: FAIL goes back with its words, PASS lands; nobody is asked (B-7 D-89 A-21)" {
	reviewer 'if [ "$REEVE_EPISODE" = 1.2 ]; then reeve fail -m "a second file is missing"; else reeve pass -m good; fi'
	start_supervisor
	new 'reviewed' "case \$REEVE_EPISODE in 1.1) $(work one.txt);; *) grep -q 'a second file is missing' \$REEVE_BRIEF && $(work two.txt);; esac" --review agent
	wait_for 40 is_phase 1 done
	[ "$(field 1 .episode)" = 1.4 ]
	[ "$(field 1 .cycles)" = 1 ]
	[ "$(field 1 '[.episodes[].role] | join(" ")')" = 'author reviewer author reviewer' ]
	git -C "$REPO" show main:two.txt
	grep -q "$(git -C "$REPO" rev-parse main^2~1)" "$REEVE_STATE/tickets/1/episodes/2/brief.md" # what it looks at
	stop_supervisor
	reeve fsck
}

@test "a reviewer that dies twice: a person is asked, and told why; the author is not started again (A-4 A-18)" {
	reviewer 'exit 7'
	start_supervisor
	new 'reviewed' "$(work one.txt)" --review agent
	wait_for 30 is_phase 1 human-review
	blocked 1 'needs a verdict on'
	blocked 1 'exit status 7'
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(field 1 '[.episodes[].role] | join(" ")')" = 'author reviewer reviewer' ]
	says 0 'reviewer' reeve show 1
	reeve pass 1
	wait_for 20 is_phase 1 done
}

@test "a reviewer's DONE is none: wrong-role, and its verdict still counts (A-19 D-30)" {
	reviewer 'reeve done -m "looks good"; [ $? = 3 ] && reeve pass -m "looks good"'
	start_supervisor
	new 'reviewed' "$(work one.txt)" --review agent
	wait_for 30 is_phase 1 done
	is_refused DONE wrong-role
	[ "$(field 1 .episode)" = 1.2 ]
}

@test "breaker: what three tickets failed for holds back the fourth, not other agents; mended, all run (D-56 A-5 C-3)" {
	local i
	git config -f "$REEVE_STATE/config" agent.gone.start "$BATS_TEST_TMPDIR/agent {text}"
	reeve halt
	start_supervisor
	for i in 1 2 3 4; do
		new "needs it $i" "$(work "f$i.txt")" --agent gone
	done
	new 'needs another' "$(work f5.txt)"
	reeve resume
	wait_for 30 is_phase 5 human-review
	wait_for 10 blocked 4 'agent gone failed 3 times'
	blocked 4 "$BATS_TEST_TMPDIR/agent"
	[ "$(field 4 .rev)" = 1 ] # no failure of its own
	[ "$(field 4 .blocker.needs_person)" = false ]
	[ "$(field 4 .deaths)" = 0 ]
	says 1 'agent gone failed 3 times in a row' reeve status
	[ "$(reeve status --json | jq -r '.breakers[0].name')" = gone ]
	printf '#!/bin/sh\nexec sh -c "$1"\n' >"$BATS_TEST_TMPDIR/agent"
	chmod +x "$BATS_TEST_TMPDIR/agent"
	at_once "$(field 4 .blocker.next | sed 's/.*reeve retry \([0-9]*\).*/\1/')"
	for i in 1 2 3 4; do
		wait_for 30 is_phase "$i" human-review
		[ "$(field "$i" .deaths)" = 0 ]
	done
	[[ $(reeve status || :) != *'failed 3 times'* ]]
	stop_supervisor
	reeve fsck
}

@test "mission: progress is counted from the tickets, in the order of what comes after what (D-97)" {
	start_supervisor
	new 'first' "$(work one.txt)" --mission login --review none
	new 'last' "$(work three.txt)" --mission login --park
	new 'middle' "$(work two.txt)" --mission login --after 1
	reeve edit 2 --after 3
	new 'given up' 'true' --mission login --park
	reeve cancel 4
	new 'of nobody' 'true' --park
	wait_for 20 is_phase 1 done
	wait_for 20 is_phase 3 human-review
	says 0 'login: 1 of 3 done' reeve mission login
	says 0 ', 1 cancelled' reeve mission login
	[ "$(reeve mission login | grep -E '^ *[0-9]' | awk '{print $1}' | xargs)" = '1 4 3 2' ]
	says 0 'needs a verdict on' reeve mission login
	[ "$(reeve mission login --json | jq -c '[.mission, .done, .total, .cancelled, .waiting, (.tickets | map(.id))]')" = '["login",1,3,1,1,[1,4,3,2]]' ]
	reeve pass 3
	wait_for 20 is_phase 3 done
	[ "$(reeve mission --json | jq -c 'map([.mission, .done, .total])')" = '[["login",2,3]]' ]
	says 0 '2 of 3 done' reeve mission
	[ "$(reeve ls --mission login --json | jq -c 'map(.id)')" = '[2]' ]
	says 1 'no ticket has the mission "nonsense" (there are: login)' reeve mission nonsense
}
