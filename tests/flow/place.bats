#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a person needs of a worktree: its place, its port, its setup.

load world
setup() { world_up; }
teardown() { world_down; }

slug() {
	field "$1" .branch | sed 's,^reeve/,,'
}
is_cause() {
	field "$1" .cause | grep -q "$2"
}
costs_nothing() {
	! grep -E '^(Deaths|Starts):' "$REEVE_STATE/tickets/$1/ticket"
}
has_no_branch() {
	[ -z "$(git branch --list 'reeve/*')" ]
}
# The worker of ticket $1 says where it is.
waiting='printf "%s\n" "$PWD" "$REEVE_PORT" >"$REEVE_STATE/where.$REEVE_TICKET"; exec sleep infinity'
is_there() {
	[ -s "$REEVE_STATE/where.$1" ]
}
# tells ID WORDS: the terminal of its worker; what a pane prints is a moment on its way
tells() {
	reeve tail "$1" | grep -q "$2"
}

@test "[repo] worktrees is the place of that repository's worktrees; the other one is that of all" {
	config '[defaults]' "worktrees = $BATS_TEST_TMPDIR/all" '[repo.app]' "worktrees = $BATS_TEST_TMPDIR/mine"
	git init -q -b main "$BATS_TEST_TMPDIR/two"
	git -C "$BATS_TEST_TMPDIR/two" commit -q --allow-empty -m first
	reeve repo add "$BATS_TEST_TMPDIR/two"
	start_supervisor
	a=$(new 'in mine' "$waiting")
	b=$(new 'in all' "$waiting" --repo two)
	wait_for 20 is_there "$a"
	wait_for 20 is_there "$b"
	[ "$(head -n1 "$REEVE_STATE/where.$a")" = "$BATS_TEST_TMPDIR/mine/$(slug "$a")" ]
	[ "$(head -n1 "$REEVE_STATE/where.$b")" = "$BATS_TEST_TMPDIR/all/two/$(slug "$b")" ]
	[ "$(field "$a" .worktree)" = "$BATS_TEST_TMPDIR/mine/$(slug "$a")" ]
	[ "$(field "$b" .worktree)" = "$BATS_TEST_TMPDIR/all/two/$(slug "$b")" ]
	reeve fsck --git
}

@test "a worktree stays where it is when the configuration names another place; the next ticket's is there (D-72)" {
	start_supervisor
	a=$(new 'stays here' "echo half >half; $waiting")
	wait_for 20 is_there "$a"
	was=$(head -n1 "$REEVE_STATE/where.$a")
	reeve park "$a"
	wait_for 20 is_phase "$a" parked
	config '[defaults]' "worktrees = $BATS_TEST_TMPDIR/new"
	rm "$REEVE_STATE/where.$a"
	reeve unpark "$a"
	b=$(new 'goes there' "$waiting")
	wait_for 20 is_there "$a"
	wait_for 20 is_there "$b"
	[ "$(head -n1 "$REEVE_STATE/where.$a")" = "$was" ]
	[ "$(field "$a" .worktree)" = "$was" ]
	[ "$(cat "$was/half")" = half ]
	[ "$(head -n1 "$REEVE_STATE/where.$b")" = "$BATS_TEST_TMPDIR/new/app/$(slug "$b")" ]
	[ "$(git worktree list | wc -l)" = 3 ]
	reeve fsck --live
	# it lands, and goes, from where it is
	reeve park "$a"
	wait_for 20 is_phase "$a" parked
	reeve edit "$a" -m "$(work file)"
	reeve unpark "$a"
	wait_for 20 is_phase "$a" human-review
	reeve pass "$a"
	wait_for 20 is_phase "$a" done
	wait_for 20 test ! -e "$was"
}

@test "each ticket has a port of its own, and keeps it; one that is taken by others is passed over (D-72)" {
	python3 - "$BATS_TEST_TMPDIR/port" 3>&- <<-'PY' &
		import socket, sys, time
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		s.listen()
		open(sys.argv[1] + ".tmp", "w").write(str(s.getsockname()[1]))
		import os
		os.rename(sys.argv[1] + ".tmp", sys.argv[1])
		time.sleep(600)
	PY
	listener=$!
	wait_for 10 test -s "$BATS_TEST_TMPDIR/port"
	taken=$(cat "$BATS_TEST_TMPDIR/port")
	config '[defaults]' "ports = $((taken - 1))-$((taken + 20))" 'slots = 8'
	start_supervisor
	for i in 1 2 3; do new "number $i" "$waiting"; done
	for i in 1 2 3; do wait_for 20 is_there "$i"; done
	kill "$listener"
	ports=$(for i in 1 2 3; do tail -n1 "$REEVE_STATE/where.$i"; done)
	[ "$(sort -u <<<"$ports" | wc -l)" = 3 ]
	[ -z "$(grep -x "$taken" <<<"$ports")" ]
	for i in 1 2 3; do [ "$(field "$i" .port)" = "$(tail -n1 "$REEVE_STATE/where.$i")" ]; done
	# again, after a restart: the same; and nobody takes it from a ticket that waits
	was=$(tail -n1 "$REEVE_STATE/where.2")
	reeve park 2
	wait_for 20 is_phase 2 parked
	stop_supervisor
	start_supervisor
	rm "$REEVE_STATE/where.2"
	reeve unpark 2
	wait_for 20 is_there 2
	[ "$(tail -n1 "$REEVE_STATE/where.2")" = "$was" ]
}

@test "more workers than ports: the machine is at fault, and says what to do (D-56)" {
	config '[defaults]' 'ports = 42000-42000'
	start_supervisor
	a=$(new 'has it' "$waiting")
	wait_for 20 is_there "$a"
	b=$(new 'has none' "$waiting")
	wait_for 20 is_cause "$b" 'no port from 42000 to 42000 is free'
	[ "$(phase "$b")" = ready ]
	costs_nothing "$b"
}

@test "setup runs once in the pane before the agent, without a nonce, and again when it is another command" {
	config '[repo.app]' "setup = sh -c 'echo making ready; env >>\$REEVE_STATE/setup.env; echo x >>\$REEVE_STATE/runs; reeve done -m no; echo \$? >\$REEVE_STATE/reported'"
	start_supervisor
	a=$(new 'made ready' "$waiting")
	wait_for 20 is_there "$a"
	wait_for 20 tells "$a" 'making ready'
	wait_for 20 tells "$a" 'setup: done'
	[ "$(cat "$REEVE_STATE/reported")" != 0 ]
	[ -z "$(grep '^REEVE_NONCE=' "$REEVE_STATE/setup.env")" ]
	grep -qx "REEVE_TICKET=$a" "$REEVE_STATE/setup.env"
	grep -qx "REEVE_PORT=$(field "$a" .port)" "$REEVE_STATE/setup.env"
	reeve park "$a"
	wait_for 20 is_phase "$a" parked
	rm "$REEVE_STATE/where.$a"
	reeve unpark "$a"
	wait_for 20 is_there "$a"
	[ "$(wc -l <"$REEVE_STATE/runs")" = 1 ]
	reeve park "$a"
	wait_for 20 is_phase "$a" parked
	config '[repo.app]' "setup = sh -c 'echo x >>\$REEVE_STATE/runs'"
	rm "$REEVE_STATE/where.$a"
	reeve unpark "$a"
	wait_for 20 is_there "$a"
	[ "$(wc -l <"$REEVE_STATE/runs")" = 2 ]
}

@test "a setup that fails is the repository's fault: no agent, no death, what to do is said (T05, D-56, D-58)" {
	config '[repo.app]' "setup = sh -c 'echo it is broken; exit 3'"
	start_supervisor
	a=$(new 'not ready' "$waiting")
	wait_for 20 is_cause "$a" 'the setup failed (sh -c .*): exit status 3; reeve tail'
	[ ! -e "$REEVE_STATE/where.$a" ]
	[ ! -e "$REEVE_STATE/tickets/$a/episodes/1/started" ]
	costs_nothing "$a"
	[ "$(field "$a" '.episodes[0].ending')" = no-setup ]
	reeve tail "$a" | grep -q 'it is broken'
	jq -e '.setup and .exit_code == 3 and (.has_started | not)' "$REEVE_STATE/tickets/$a/episodes/1/exit.json"
	reeve fsck --live
	config '[repo.app]' 'setup = true'
	at_once "$a"
	wait_for 20 is_there "$a"
	[ "$(field "$a" .cause)" = null ] || [ -z "$(field "$a" .cause)" ]
}

@test "a setup that cannot be executed, and one that is killed, end the same way (T05, D-58)" {
	config '[repo.app]' 'setup = no-such-program-here'
	start_supervisor
	a=$(new 'no program' "$waiting")
	wait_for 20 is_cause "$a" 'the setup failed (no-such-program-here)'
	config '[repo.app]' "setup = sh -c 'kill -KILL \$\$'"
	at_once "$a"
	wait_for 20 is_cause "$a" 'killed by signal 9'
	[ ! -e "$REEVE_STATE/where.$a" ]
	costs_nothing "$a"
}

@test "a ticket that is parked in its setup is parked at once, and nothing of the setup lives on (E-4, X-19)" {
	config '[repo.app]' "setup = sh -c 'setsid sleep infinity & echo \$! >\$REEVE_STATE/pid; exec sleep infinity'"
	start_supervisor
	a=$(new 'stopped early' "$waiting")
	wait_for 20 test -s "$REEVE_STATE/pid"
	wait_for 20 is_phase "$a" working
	reeve show "$a" | grep -q 'the setup of its repository runs'
	reeve park "$a"
	wait_for 20 is_phase "$a" parked
	[ ! -e "$REEVE_STATE/where.$a" ]
	for pid in $(grep -lzxsF "REEVE_STATE=$REEVE_STATE" /proc/[0-9]*/environ | cut -d/ -f3); do
		is_worker "$pid" && return 1
	done
	[ ! -d "/proc/$(cat "$REEVE_STATE/pid")" ]
}

@test "the kill switch that is set during a setup holds the agent back, at no cost (C-13)" {
	mkfifo "$REEVE_STATE/go"
	config '[repo.app]' "setup = sh -c 'echo \$\$ >\$REEVE_STATE/pid; read -r go <\$REEVE_STATE/go'"
	start_supervisor
	a=$(new 'halted' "$waiting")
	wait_for 20 test -s "$REEVE_STATE/pid"
	reeve halt
	echo go >"$REEVE_STATE/go"
	wait_for 20 is_phase "$a" ready
	costs_nothing "$a"
	[ ! -e "$REEVE_STATE/where.$a" ]
	reeve resume
	wait_for 20 is_there "$a"
}

@test "copy and link: what git ignores comes into the worktree, each is told, none is committed (X-23)" {
	printf '.env\nnode_modules/\ncache\n' >.gitignore
	git add .gitignore && git commit -qm ignore
	echo SECRET=1 >.env
	mkdir -p node_modules/p cache && echo x >node_modules/p/i.js
	git config -f "$REEVE_STATE/config" --add repo.app.copy .env
	git config -f "$REEVE_STATE/config" --add repo.app.copy node_modules
	git config -f "$REEVE_STATE/config" --add repo.app.copy README
	git config -f "$REEVE_STATE/config" --add repo.app.link cache
	start_supervisor
	a=$(new 'has its files' "cat .env node_modules/p/i.js >\"\$REEVE_STATE/seen\"; git status --porcelain >>\"\$REEVE_STATE/seen\"; : >.gitignore; echo half >half; $waiting")
	wait_for 20 is_there "$a"
	[ "$(cat "$REEVE_STATE/seen")" = $'SECRET=1\nx' ]
	[ -L "$(field "$a" .worktree)/cache" ]
	wait_for 20 tells "$a" 'copied .env'
	reeve show "$a" | grep -q 'not copied README: git tracks it'
	[ "$(field "$a" '.prepared | length')" = 4 ]
	# a worker that makes git see it does not get it saved
	reeve park "$a"
	wait_for 20 is_phase "$a" parked
	git show --stat "refs/reeve/$a/1-salvage" | grep -q half
	[ -z "$(git ls-tree -r --name-only "refs/reeve/$a/1-salvage" | grep -E 'env|node_modules|cache')" ]
	# nor committed
	reeve edit "$a" -m 'git add -A && git commit -qm all; reeve done -m all; exec sleep infinity'
	reeve unpark "$a"
	wait_for 20 grep -rqs 'brought from the main worktree' "$REEVE_STATE/spool/refused"
	wait_for 20 is_phase "$a" working
}

@test "a reviewer gets the files and the setup, too; its worktree is always new" {
	echo .env >.gitignore
	git add .gitignore && git commit -qm ignore
	echo SECRET=1 >.env
	config '[repo.app]' 'copy = .env' "setup = sh -c 'echo \$REEVE_ROLE >>\$REEVE_STATE/setups'" \
		'[agent.sh]' "reviewer = sh -c 'cat .env >\$REEVE_STATE/reviewed; reeve pass'"
	start_supervisor
	a=$(new 'reviewed' "$(work file)" --review agent)
	wait_for 20 is_phase "$a" done
	[ "$(cat "$REEVE_STATE/reviewed")" = SECRET=1 ]
	[ "$(cat "$REEVE_STATE/setups")" = $'author\nreviewer' ]
}

@test "teardown runs in the worktree before it goes; that it fails or leaves something running keeps nothing (X-19)" {
	config '[repo.app]' "teardown = sh -c 'pwd >\$REEVE_STATE/gone.\$REEVE_TICKET; echo \$REEVE_PORT >>\$REEVE_STATE/gone.\$REEVE_TICKET; setsid sleep infinity & echo \$! >\$REEVE_STATE/left; echo it went wrong; exit 3'"
	start_supervisor
	a=$(new 'goes' "$(work file)")
	wait_for 20 is_phase "$a" human-review
	worktree=$(field "$a" .worktree)
	port=$(field "$a" .port)
	reeve pass "$a"
	wait_for 20 is_phase "$a" done
	wait_for 20 test ! -e "$worktree"
	[ "$(cat "$REEVE_STATE/gone.$a")" = "$worktree"$'\n'"$port" ]
	wait_for 20 grep -q 'the teardown of .* failed.*exit status 3; it printed: it went wrong' "$BATS_TEST_TMPDIR/reeved.log"
	wait_for 20 test ! -d "/proc/$(cat "$REEVE_STATE/left")"
	wait_for 20 has_no_branch
}

@test "teardown runs in a reviewer's worktree, too" {
	config '[repo.app]' "teardown = sh -c 'echo \$REEVE_ROLE >>\$REEVE_STATE/gone'" \
		'[agent.sh]' "reviewer = sh -c 'reeve pass'"
	start_supervisor
	a=$(new 'reviewed' "$(work file)" --review agent)
	wait_for 20 is_phase "$a" done
	both_gone() { [ "$(sort "$REEVE_STATE/gone")" = $'author\nreviewer' ]; }
	wait_for 20 both_gone
}

@test "--from: the branch begins at a commit as it was then; what was named stays where it is (A-21)" {
	git switch -qc feature && echo half >half && git add half && git commit -qm half && git switch -q main
	at=$(git rev-parse feature)
	echo x >later && git add later && git commit -qm later
	start_supervisor
	a=$(new 'goes on' "$(work file)" --from feature --park)
	[ "$(field "$a" .from)" = "$at feature" ]
	git branch -f feature main # it moves afterwards
	moved=$(git rev-parse feature)
	reeve unpark "$a"
	wait_for 20 is_phase "$a" human-review
	branch=$(field "$a" .branch)
	[ "$(git rev-parse "$branch~1")" = "$at" ]
	grep -q "at the commit $at feature" "$REEVE_STATE/tickets/$a/episodes/1/brief.md"
	reeve pass "$a"
	wait_for 20 is_phase "$a" done
	[ "$(git show main:half main:file main:later)" = $'half\ntext\nx' ]
	[ "$(git rev-parse feature)" = "$moved" ]
	reeve fsck
}

@test "--from: what is no commit, or has nothing to do with the base, is refused; and once started it stays" {
	start_supervisor
	run reeve new 'nothing' --from no-such-branch
	[ "$status" = 1 ]
	run reeve new 'an option' --from --all
	[ "$status" = 1 ]
	git checkout -q --orphan other && git commit -qm other && git checkout -q main
	run reeve new 'strange' --from other
	[ "$status" = 1 ]
	[[ $output == *'shares no history'* ]]
	git switch -qc feature && git commit -q --allow-empty -m one && git switch -q main
	a=$(new 'later' "$waiting" --park)
	reeve edit "$a" --from feature
	[ "$(field "$a" .from)" = "$(git rev-parse feature) feature" ]
	reeve edit "$a" --from ''
	[ "$(field "$a" .from)" = null ]
	reeve edit "$a" --from feature~1
	reeve unpark "$a"
	wait_for 20 is_there "$a"
	run reeve edit "$a" --from feature
	[ "$status" = 1 ]
	[[ $output == *'cannot be changed'* ]]
	reeve fsck --live
}

@test "a commit that is named and is gone keeps the start back, and says so (D-58)" {
	start_supervisor
	git switch -qc gone && git commit -q --allow-empty -m one && git switch -q main
	a=$(new 'too late' "$waiting" --from gone --park)
	git branch -qD gone
	git reflog expire --expire=now --all
	git gc -q --prune=now
	reeve unpark "$a"
	wait_for 20 is_cause "$a" 'which the ticket is to begin from, cannot be read'
	costs_nothing "$a"
	reeve edit "$a" --from main
	wait_for 20 is_there "$a"
}

@test "base per ticket: two tickets, two bases, each lands in its own" {
	git branch stable
	start_supervisor
	a=$(new 'for main' "$(work one)")
	b=$(new 'for stable' "$(work two)" --base stable)
	for i in "$a" "$b"; do
		wait_for 20 is_phase "$i" human-review
		reeve pass "$i"
	done
	wait_for 20 is_phase "$a" done
	wait_for 20 is_phase "$b" done
	[ "$(git ls-tree --name-only main | tr '\n' ' ')" = 'README one src ' ]
	[ "$(git ls-tree --name-only stable | tr '\n' ' ')" = 'README src two ' ]
}

@test "what gate, hook and teardown are run with is not that of whoever started the supervisor (X-19)" {
	for what in gate landed teardown; do
		git config -f "$REEVE_STATE/config" "repo.app.$what" "sh -c 'env >$BATS_TEST_TMPDIR/env.$what; git rev-parse --show-toplevel >$BATS_TEST_TMPDIR/top.$what'"
	done
	export GIT_DIR=$BATS_TEST_TMPDIR/none GIT_NAMESPACE=odd REEVE_TAG=odd REEVE_BRIEF=odd REEVE_EPISODE=odd REEVE_NONCE=odd REEVE_PORT=odd
	start_supervisor
	unset GIT_DIR GIT_NAMESPACE REEVE_TAG REEVE_BRIEF REEVE_EPISODE REEVE_NONCE REEVE_PORT
	new 'a' "$(work a.txt)" --review none
	wait_for 30 is_phase 1 done
	gone() { [ ! -d "$REEVE_STATE/worktrees/app/1-a" ]; }
	wait_for 30 gone
	for what in gate landed teardown; do
		wait_for 20 test -s "$BATS_TEST_TMPDIR/top.$what"
		run grep -E '=odd$|^GIT_DIR=' "$BATS_TEST_TMPDIR/env.$what"
		[ "$status" = 1 ] || { echo "$what: $output"; false; }
	done
	[ "$(cat "$BATS_TEST_TMPDIR/top.gate")" = "$REEVE_STATE/worktrees/app/1-a.gate" ]
	[ "$(cat "$BATS_TEST_TMPDIR/top.landed")" = "$REPO" ]
	[ "$(cat "$BATS_TEST_TMPDIR/top.teardown")" = "$REEVE_STATE/worktrees/app/1-a" ]
}
