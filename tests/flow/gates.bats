#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Gates: what would land passes them first, on the merge; and what else can come of one.
load world
setup() {
	world_up
	git config -f "$REEVE_STATE/config" repo.app.gate-time 60s
	LEFT=$BATS_TEST_TMPDIR/left # `tail -f` of it is a process that stays
	touch "$LEFT"
}
teardown() { world_down; }

gate() { # COMMAND...: each is one gate
	local command
	for command in "$@"; do git config -f "$REEVE_STATE/config" --add repo.app.gate "$command"; done
}
blocker() { field "$1" .blocker.text; }
# shellcheck disable=SC2053 # a pattern
is_blocker() { [[ $(blocker "$1") == $2 ]]; }
gates_run() { find "$REEVE_STATE/tickets/$1/gates" -name '*-merge.log' 2>/dev/null | wc -l; }
is_gates_run() { [ "$(gates_run "$1")" = "$2" ]; }
not() { if "$@"; then return 1; fi; }
nobody() { not pgrep -f "tail -f $LEFT"; }
# A gate that waits to be let go; it says so when it is there.  `<>`: who opens it while the last writer has not
# closed it yet must not find its end there, or the next writer waits for ever.
waiting() {
	mkfifo "$BATS_TEST_TMPDIR/go"
	printf 'sh -c "echo x >>%s; read -r _ <>%s"' "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/go"
}
is_there() { [ -f "$BATS_TEST_TMPDIR/there" ] && [ "$(wc -l <"$BATS_TEST_TMPDIR/there")" -ge "${1:-1}" ]; }
let_go() { echo >"$BATS_TEST_TMPDIR/go"; }
events() { field "$1" "[.history[] | select(.event == \"$2\")] | length"; }
is_event() { [ "$(events "$1" "$2")" -ge 1 ]; }
on_main() { git -C "$REPO" cat-file -e "main:$1" 2>/dev/null; }
# Nothing of it lives, nothing is where it should not be, and the target is whole.
settled() {
	reeve sync # of what is done nothing is left
	[ "$(git -C "$REPO" worktree list --porcelain | grep -c '^worktree .*\.gate$')" = 0 ]
	[ -z "$(git -C "$REPO" fsck --strict 2>&1 | grep -v dangling)" ]
	run reeve fsck
	[ "$status" = 0 ] || { echo "$output"; false; }
}

@test "what passes lands; what passed, when and where it is said (D-4)" {
	gate 'test -f a.txt' 'sh -c "echo hello; env | sort | grep ^REEVE_; git log --oneline | head -1"'
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_phase 1 done
	[ "$(git -C "$REPO" show main:a.txt)" = text ]
	log=$REEVE_STATE/tickets/1/gates/1-merge.log
	grep -qx -e '--- test -f a.txt' "$log"
	grep -qx hello "$log"
	grep -qx 'REEVE_GATE=1' "$log"
	grep -qx 'REEVE_TICKET=1' "$log"
	grep -qx 'REEVE_BASE=main' "$log"
	not grep -q 'REEVE_NONCE\|REEVE_STATE' "$log"
	[ "$(grep -c -e '--- passed after' "$log")" = 2 ]
	is_gates_run 1 1
	[ "$(field 1 .gate.result)" = passed ]
	[ "$(field 1 .gate.logs[0])" = "$log" ]
	[ "$(field 1 .gate.tree)" = "$(git -C "$REPO" rev-parse 'main^{tree}')" ]
	[[ $(reeve show 1) == *"passed"*"2 gates passed in"*"$log"* ]]
	reeve log 1 | grep -q 'the gates passed on [0-9a-f]\{12\}  2 gates passed'
	reeve log 1 | grep -q 'is about to be merged as [0-9a-f]\{12\}'
	settled
}

@test "what fails only on the merge goes back to the author, with the end of the log and its path; the next one lands (D-4 E-33)" {
	# main has a.txt when b.txt is merged: each alone passes
	gate 'sh -c "if test -f a.txt && test -f b.txt; then seq 1 500; echo both at once >&2; exit 3; fi"'
	start_supervisor
	new 'b' "if [ \$REEVE_EPISODE = 1.1 ]; then $(work b.txt); else git merge -q --no-edit main && git rm -q a.txt && git commit -qm 'b for a' && reeve done -m 'b for a'; fi"
	wait_for 30 is_phase 1 human-review
	git -C "$REPO" commit -q --allow-empty -m other
	(cd "$REPO" && echo a >a.txt && git add a.txt && git commit -qm 'add a')
	reeve pass 1
	wait_for 30 is_event 1 gate-failed
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .cycles)" = 1 ]
	[ "$(field 1 '.history[] | select(.event == "gate-failed") | .to')" = ready ]
	brief=$REEVE_STATE/tickets/1/episodes/2/brief.md
	grep -q 'it does not pass the gate' "$brief"
	grep -q 'both at once' "$brief"
	grep -q '^ *500$' "$brief"
	not grep -q '^ *400$' "$brief" # the end only
	grep -q "$REEVE_STATE/tickets/1/gates/1-merge.log" "$brief"
	grep -qx 400 "$REEVE_STATE/tickets/1/gates/1-merge.log"
	grep -q -e '--- passed after' "$REEVE_STATE/tickets/1/gates/1-base.log"
	[[ $(field 1 .feedback) == *"both at once"* ]]
	reeve pass 1
	wait_for 30 is_phase 1 done
	on_main b.txt
	not on_main a.txt
	settled
}

@test "a gate that the target fails, too, is nobody's fault: a person decides, with both logs; retry, pass and fail (D-4 E-33)" {
	gate 'sh -c "echo broken since long; exit 1"'
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_phase 1 attention
	[ "$(field 1 .cycles)" = 0 ]
	[ "$(field 1 '.gate | "\(.result) \(.known)"')" = 'failed true' ]
	[[ $(blocker 1) == *"on main, too: exit status 1 (gates/1-merge.log, gates/1-base.log)"* ]]
	[ "$(field 1 '.gate.logs | length')" = 2 ]
	grep -qx 'broken since long' "$REEVE_STATE/tickets/1/gates/1-merge.log" "$REEVE_STATE/tickets/1/gates/1-base.log"
	not on_main a.txt
	reeve retry 1 # nothing has changed
	wait_for 30 is_gates_run 1 2
	wait_for 30 is_phase 1 attention
	not on_main a.txt
	reeve pass 1 # just this merge, whatever the gate says
	wait_for 30 is_phase 1 done
	on_main a.txt
	is_gates_run 1 2
	new 'b' "$(work b.txt)" --review none # another one has to ask again
	wait_for 30 is_phase 2 attention
	git config -f "$REEVE_STATE/config" repo.app.gate-known pass
	reeve retry 2
	wait_for 30 is_phase 2 done
	[ "$(field 2 '.gate | "\(.result) \(.known)"')" = 'passed true' ]
	[[ $(reeve log 2) == *"on main, too"* ]]
	reeve show 2 | grep -q '^gate *let pass '
	git config -f "$REEVE_STATE/config" repo.app.gate-at review
	git config -f "$REEVE_STATE/config" agent.sh.reviewer 'sh -c "reeve pass -m fine"'
	new 'c' "$(work c.txt)" --review agent
	wait_for 30 is_phase 3 done
	grep -q 'let pass; on a trial merge of this commit .*on main, too' "$REEVE_STATE/tickets/3/episodes/2/brief.md"
	settled
}

@test "a limit is no result by itself: it depends on what the target needs (X-37)" {
	git config -f "$REEVE_STATE/config" repo.app.gate-time 3s
	gate "sh -c 'test ! -f slow.txt || tail -f $LEFT'"
	start_supervisor
	new 'fast' "$(work fast.txt)" --review none
	wait_for 30 is_phase 1 done
	new 'slow' "$(work slow.txt); [ \$REEVE_EPISODE = 2.1 ] || exit 1" --review none
	wait_for 30 is_file "$REEVE_STATE/tickets/2/gates/1-base.log"
	wait_for 30 grep -q -e '--- passed' "$REEVE_STATE/tickets/2/gates/1-base.log"
	grep -q -e '--- took longer than 3 s after' "$REEVE_STATE/tickets/2/gates/1-merge.log"
	reeve cancel 2
	git config -f "$REEVE_STATE/config" --unset-all repo.app.gate
	gate "tail -f $LEFT"
	new 'any' "$(work any.txt)" --review none
	wait_for 30 is_phase 3 attention
	[[ $(blocker 3) == *"took longer than 3 s"*"on main, too"* ]]
	wait_for 10 nobody
	settled
}

@test "of a flood the beginning and the end are kept, and the rest is counted (X-37)" {
	git config -f "$REEVE_STATE/config" repo.app.gate-output 4K
	gate "sh -c \"echo first; yes | head -c 3000000; printf 'esc: \\\\033[31mred'; echo last >&2\""
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 60 is_phase 1 done
	log=$REEVE_STATE/tickets/1/gates/1-merge.log
	[ "$(stat -c %s "$log")" -lt 6000 ]
	grep -qx first "$log"
	grep -q 'last$' "$log"
	grep -qxE -e '--- 299[0-9]{4} bytes are left out here' "$log"
}

@test "a gate that cannot be run is no verdict: it waits, costs nothing, and goes on when it can (X-37)" {
	gate "$BATS_TEST_TMPDIR/my-gate"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_blocker 1 'tries again in *the gate has no result*'
	[ "$(field 1 '"\(.phase) \(.cycles)"')" = 'approved 0' ]
	[ "$(field 1 '[.history[] | select(.event == "environment")] | length')" -ge 1 ]
	new 'b' 'reeve review -m "nothing to do"; true' # nobody else waits for that
	wait_for 30 grep -q . "$REEVE_STATE/tickets/2/episodes/1/started"
	printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/my-gate"
	chmod +x "$BATS_TEST_TMPDIR/my-gate"
	at_once 1 approved
	wait_for 30 is_phase 1 done
	settled
}

@test "what is killed from outside has no result (X-37)" {
	gate 'sh -c "[ -f FLAG ] || { touch FLAG; kill -KILL $$; }"'
	sed -i "s|FLAG|$BATS_TEST_TMPDIR/flag|g" "$REEVE_STATE/config"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_blocker 1 'tries again in *ended from outside by SIGKILL*'
	at_once 1 approved
	wait_for 30 is_phase 1 done
}

@test "nothing of a gate outlives it, however it detached itself (X-37)" {
	gate "sh -c 'setsid tail -f $LEFT >/dev/null 2>&1 & env -i setsid sh -c \"tail -f $LEFT >/dev/null & exec tail -f $LEFT >/dev/null\" & (trap \"\" TERM; exec tail -f $LEFT >/dev/null) & exit 0'"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_phase 1 done
	nobody
	settled
}

@test "kill -9 of the supervisor during a gate: its processes end, it is run again, and lands once (X-37)" {
	gate "$(waiting)" 'true'
	git config -f "$REEVE_STATE/config" --replace-all repo.app.gate "sh -c \"tail -f $LEFT >/dev/null 2>&1 & echo x >>$BATS_TEST_TMPDIR/there; read -r _ <>$BATS_TEST_TMPDIR/go\"" '^sh'
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_there
	is_blocker 1 'its gate runs'
	stop_supervisor -KILL
	wait_for 20 nobody # the helper was told by the kernel
	is_blocker 1 'no supervisor is running'
	[ "$(field 1 .phase)" = approved ]
	start_supervisor
	wait_for 30 is_there 2
	stop_supervisor # as `reeve down` does
	wait_for 20 nobody
	start_supervisor
	wait_for 30 is_there 3
	let_go
	wait_for 30 is_phase 1 done
	nobody
	[ "$(events 1 merged)" = 1 ]
	[ "$(events 1 gated)" = 1 ]
	settled
}

@test "kill -9 of the supervisor and of the gate's own process: what is left is ended before the next gate (X-37)" {
	mkfifo "$BATS_TEST_TMPDIR/go"
	gate "sh -c \"setsid tail -f $LEFT >/dev/null 2>&1 & echo x >>$BATS_TEST_TMPDIR/there; read -r _ <>$BATS_TEST_TMPDIR/go\""
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_there
	wait_for 30 pgrep -xf "tail -f $LEFT"
	helper=$(sed -n 's/^pid \([0-9]*\) .*/\1/p' "$REEVE_STATE/tickets/1/gates/lock")
	freeze "$REEVED"
	kill -KILL "$helper" "$REEVED"
	stop_supervisor -KILL
	pgrep -xf "tail -f $LEFT" # nobody is there to end it
	start_supervisor
	wait_for 30 is_there 2
	only() { [ "$(pgrep -xcf "tail -f $LEFT")" = 1 ]; }
	[ "$(pgrep -xcf "tail -f $LEFT")" -le 1 ]
	wait_for 20 only # the gate says that it is there before that runs
	let_go
	wait_for 30 is_phase 1 done
	nobody
	settled
}

@test "a ticket that is parked during its gate: the gate ends, others go on (X-37)" {
	gate "$(waiting)"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_there
	new 'b' "$(work b.txt)" --review none
	wait_for 30 is_phase 2 approved
	wait_for 10 is_blocker 2 'waits for ticket 1, whose gate runs'
	git config -f "$REEVE_STATE/config" --replace-all repo.app.gate 'test -f b.txt'
	reeve park 1
	wait_for 30 is_phase 2 done # and not only when somebody lets the first one go
	is_phase 1 parked
	[ "$(events 1 environment)" = 0 ]
	reeve unpark 1
	wait_for 30 is_phase 1 done
	settled
}

@test "control/stop ends a gate, the kill switch lets it finish; what it said counts afterwards (C-13)" {
	gate "$(waiting)"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_there
	reeve halt
	is_blocker 1 'the kill switch is on'
	let_go
	wait_for 30 test -f "$REEVE_STATE/tickets/1/gates/1-merge.log"
	wait_for 30 is_event 1 gated
	reeve sync
	[ "$(field 1 '"\(.phase) \(.gate.result)"')" = 'approved passed' ]
	not on_main a.txt
	reeve resume
	wait_for 30 is_phase 1 done
	is_gates_run 1 1
	new 'b' "$(work b.txt)" --review none
	wait_for 30 is_there 2
	reeve halt --stop
	wait_for 30 grep -q 'stopped, because it is not wanted' "$REEVE_STATE/tickets/2/gates/1-merge.log"
	reeve sync
	[ "$(field 2 '"\(.phase) \(.gate)"')" = 'approved null' ]
	reeve resume
	wait_for 30 is_there 3
	let_go
	wait_for 30 is_phase 2 done
	settled
}

@test "a gate before the review: what fails it, or conflicts, costs no reviewer's time; nobody is asked for a verdict meanwhile (D-4)" {
	git config -f "$REEVE_STATE/config" repo.app.gate-at review
	gate 'sh -c "! test -f bad.txt"' "$(waiting)"
	start_supervisor
	new 'a' "if [ \$REEVE_EPISODE = 1.1 ]; then $(work bad.txt); else git rm -q bad.txt && git commit -qm good && reeve done -m good; fi"
	wait_for 30 is_there
	[ "$(field 1 .phase)" = delivered ]
	is_blocker 1 'its gate runs'
	run reeve status
	[ "$status" = 0 ]
	[ "$(events 1 gate-failed)" = 1 ]
	[ "$(events 1 routed)" = 0 ]
	let_go
	wait_for 30 is_phase 1 human-review
	is_blocker 1 'needs a verdict on *'
	reeve pass 1
	wait_for 30 is_phase 1 done # the same tree: it is not run again
	is_gates_run 1 2
	new 'conflict' "git reset -q --hard HEAD~1; echo other >README; git commit -qam other; reeve done -m other"
	wait_for 30 is_there 2
	(cd "$REPO" && echo mine >README && git commit -qam mine)
	let_go
	wait_for 30 is_phase 2 human-review # it did not conflict with what was there
	reeve halt # what comes next is not looked at any more
	reeve fail 2 -m 'once more'
	settled
}

@test "the target moves during a gate: another merge, gated again; the second of two is gated on the first (D-4)" {
	gate "$(waiting)"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	new 'b' "$(work b.txt)" --review none
	wait_for 30 is_there
	wait_for 30 is_phase 2 approved
	(cd "$REPO" && git commit -q --allow-empty -m 'same tree' && echo c >c.txt && git add c.txt && git commit -qm 'moved')
	let_go
	wait_for 30 is_there 2 # the first once more, on what is there now
	let_go
	wait_for 30 is_there 3
	let_go
	wait_for 30 is_phase 1 done
	wait_for 30 is_phase 2 done
	[ $(($(events 1 gated) + $(events 2 gated))) = 3 ]
	last=$(git -C "$REPO" log --format=%H -1 main)
	grep -hq "^commit " "$REEVE_STATE"/tickets/[12]/gates/*-merge.log
	for id in 1 2; do # what landed is a tree that passed
		tree=$(field $id .gate.tree)
		[ "$tree" = "$(git -C "$REPO" rev-parse "$(field $id .merge_commit)^{tree}")" ]
	done
	git -C "$REPO" merge-base --is-ancestor "$(field 1 .merge_commit)" "$last"
	settled
}

@test "a landing that is held, and a restart, repeat no gate; other command lines do (D-4)" {
	gate 'true'
	start_supervisor
	new 'a' "echo changed >README && git commit -qam change && reeve done -m change"
	wait_for 30 is_phase 1 human-review
	echo local >>"$REPO/README"
	git config -f "$REEVE_STATE/config" repo.app.gate-time 59s
	reeve pass 1
	wait_for 30 is_blocker 1 'local changes in main are in the way*'
	git -C "$REPO" checkout -q README
	merge_now 1
	wait_for 30 is_phase 1 done
	runs=$(gates_run 1)
	[ "$runs" = 1 ]
	settled
}

@test "a gate of one repository is not in the way of another, nor are many" {
	git init -q -b main "$BATS_TEST_TMPDIR/lib"
	git -C "$BATS_TEST_TMPDIR/lib" commit -q --allow-empty -m first
	reeve repo add "$BATS_TEST_TMPDIR/lib" --name lib
	gate "$(waiting)"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_there
	new 'l' "$(work l.txt)" --review none --repo lib
	wait_for 30 is_phase 2 done
	is_phase 1 approved
	let_go
	wait_for 30 is_phase 1 done
}

@test "logs of the last five gates are kept; a gate that commits, or leaves a locked tree, changes nothing" {
	gate 'sh -c "echo junk >junk; git add junk; git commit -qm junk; mkdir deep; touch deep/file; chmod 500 deep; exit 1"'
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_phase 1 attention
	for n in 2 3 4 5 6 7; do
		reeve retry 1
		wait_for 30 is_file "$REEVE_STATE/tickets/1/gates/$n-base.log"
		wait_for 30 is_phase 1 attention
	done
	reeve sync
	[ "$(find "$REEVE_STATE/tickets/1/gates" -name '*.log' | wc -l)" = 10 ]
	not on_main junk
	[ ! -e "$REPO/junk" ]
	settled
}
is_file() { [ -f "$1" ]; }

@test "an older verdict that had to wait does not make a gate that passed run in vain" {
	gate "$(waiting)"
	start_supervisor
	new 'a' "$(work a.txt)" --review none --merge manual
	wait_for 30 is_blocker 1 'passed; waits for you to let it land'
	new 'b' "$(work b.txt)" --review none
	wait_for 30 is_there
	reeve merge 1
	wait_for 30 is_blocker 1 'waits for ticket 2, whose gate runs'
	let_go
	wait_for 30 is_phase 2 done
	wait_for 30 is_there 2
	let_go
	wait_for 30 is_phase 1 done
	is_gates_run 1 1
	is_gates_run 2 1
	git -C "$REPO" merge-base --is-ancestor "$(field 2 .merge_commit)" "$(field 1 .merge_commit)"
}

@test "the worktree of a gate is no stranger to fsck while it is there, and nobody is torn down when it goes (D-4)" {
	gate "$(waiting)"
	git config -f "$REEVE_STATE/config" repo.app.teardown "sh -c 'echo \$REEVE_WORKTREE >>$BATS_TEST_TMPDIR/torn'"
	start_supervisor
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_there
	git -C "$REPO" worktree list --porcelain | grep -q '^worktree .*\.gate$'
	run reeve fsck --git
	[ "$status" = 0 ] || { echo "$output"; false; }
	let_go
	wait_for 30 is_phase 1 done
	gone() { [ ! -d "$REEVE_STATE/worktrees/app/1-a" ]; }
	wait_for 30 gone
	[ "$(cat "$BATS_TEST_TMPDIR/torn")" = "$REEVE_STATE/worktrees/app/1-a" ]
	settled
}

@test "no more than two gates run at once, whatever their targets: the third one says whom it waits for (D-4)" {
	mkfifo "$BATS_TEST_TMPDIR/go"
	gate "sh -c 'echo x >>$BATS_TEST_TMPDIR/there; read -r _ <$BATS_TEST_TMPDIR/go'" # a line for each
	for b in main b2 b3; do git -C "$REPO" branch -f "$b" 2>/dev/null || :; done
	start_supervisor
	exec 6<>"$BATS_TEST_TMPDIR/go"
	for b in main b2 b3; do new "$b" "$(work a.txt)" --review none --base "$b"; done
	wait_for 30 is_there 2
	third() { # the one that is approved and whose gate does not run
		for id in 1 2 3; do is_phase "$id" approved && [ "$(blocker "$id")" != 'its gate runs' ] && { echo "$id"; return; }; done
		return 1
	}
	wait_for 10 third
	id=$(third)
	wait_for 10 is_blocker "$id" 'waits for ticket ?, whose gate runs'
	is_there 2 && not is_there 3
	printf '\n\n' >&6
	wait_for 30 is_there 3
	echo >&6
	for id in 1 2 3; do wait_for 30 is_phase "$id" done; done
	settled
}
