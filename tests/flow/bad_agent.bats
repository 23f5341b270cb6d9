#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Agents and tmux servers that fail in every way that we know of.
load world
load bad
setup() {
	world_up
	FULL_PATH=$PATH
}
teardown() {
	PATH=$FULL_PATH
	world_down
}

# Nothing of this test's workers lives any more.
no_workers() {
	local pid
	for pid in $(grep -lzxsF "REEVE_STATE=$REEVE_STATE" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
		is_worker "$pid" && return 1
	done
	return 0
}

# A supervisor whose PATH has no tmux, or only the one in directory $1.
poor_supervisor() {
	local bin=$BATS_TEST_TMPDIR/bin program
	mkdir "$bin"
	for program in sh git cat env; do
		ln -s "$(command -v "$program")" "$bin/$program"
	done
	for program in reeve reeved reeve-run; do
		ln -s "$(command -v "$program")" "$bin/$program"
	done
	mkfifo "$BATS_TEST_TMPDIR/ready.$$"
	PATH=${1:+$1:}$bin
	start_supervisor
	PATH=$FULL_PATH
}

@test "no tmux: the blocker says so, nothing is counted against the ticket; with tmux it starts (D-3 D-56 X-21)" {
	poor_supervisor
	new 'waits for tmux' "$(work hello.txt)"
	wait_for 10 blocked 1 'cannot run tmux: it is in no directory of PATH; install it'
	is_phase 1 ready
	[ "$(field 1 .deaths)" = 0 ]
	stop_supervisor
	start_supervisor
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .deaths)" = 0 ]
}

@test "no tmux for a reviewer: the worktree that was made for it is not left behind (D-3 X-34)" {
	local tree=$REEVE_STATE/worktrees/app/1-reviewed.review
	git config -f "$REEVE_STATE/config" agent.sh.reviewer 'reeve pass -m good'
	new 'reviewed' 'exit 1' --park --review agent --merge manual
	git -C "$REPO" branch mine main
	git -C "$REPO" commit -q --allow-empty -m second
	git -C "$REPO" branch -f mine HEAD
	git -C "$REPO" reset -q --hard HEAD~1
	poor_supervisor
	reeve adopt 1 mine
	reeve unpark 1
	wait_for 10 blocked 1 'cannot run tmux'
	[ -d "$tree-1" ]
	stop_supervisor
	start_supervisor
	wait_for 40 is_phase 1 approved
	gone() { ! compgen -G "$tree-*" >/dev/null && [ "$(git -C "$REPO" worktree list | grep -c review)" = 0 ]; }
	wait_for 20 gone
}

@test "a tmux that is too old: the blocker names both versions (D-3)" {
	mkdir "$BATS_TEST_TMPDIR/old"
	printf '#!/bin/sh\necho tmux 2.9\n' >"$BATS_TEST_TMPDIR/old/tmux"
	chmod +x "$BATS_TEST_TMPDIR/old/tmux"
	poor_supervisor "$BATS_TEST_TMPDIR/old"
	new 'waits for tmux' "$(work hello.txt)"
	wait_for 10 blocked 1 '"tmux 2.9", but reeve needs tmux 3.3'
	is_phase 1 ready
	[ "$(field 1 .deaths)" = 0 ]
}

@test "the tmux server is killed: the worker is judged, the next start makes a new server (X-21)" {
	start_supervisor
	new 'loses its terminal' 'if [ "$REEVE_EPISODE" = 1.1 ]; then exec sleep infinity; fi; '"$(work hello.txt)"
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'ignores the hangup' "trap '' HUP; [ \$REEVE_EPISODE != 2.1 ] || read -r _ <$BATS_TEST_TMPDIR/go; $(work other.txt)"
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 2 working
	tmux -S "$SOCKET" kill-server
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.2 ]
	: <>"$BATS_TEST_TMPDIR/go" # wakes it if it is still there; a write would wait for it if it is not
	wait_for 30 is_phase 2 human-review
	stop_supervisor
	reeve fsck
}

@test "the control client is killed: workers live, the next start connects again (X-21)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'first' "read -r _ <$BATS_TEST_TMPDIR/go; $(work hello.txt)"
	wait_for 20 is_phase 1 working
	kill -KILL "$(pgrep -o -P "$REEVED" tmux)"
	new 'second' "$(work other.txt)"
	wait_for 20 is_phase 2 human-review
	is_phase 1 working
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
}

@test "an agent whose program is missing or not executable: the blocker names it, no death is counted (D-27 D-58)" {
	echo 'echo hello' >"$BATS_TEST_TMPDIR/plain-file"
	git config -f "$REEVE_STATE/config" agent.missing.start 'no-such-agent {text}'
	git config -f "$REEVE_STATE/config" agent.notx.start "$BATS_TEST_TMPDIR/plain-file {text}"
	start_supervisor
	new 'missing' 'x' --agent missing
	new 'notx' 'x' --agent notx
	wait_for 10 blocked 1 no-such-agent
	wait_for 10 blocked 2 plain-file
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(field 2 .deaths)" = 0 ]
	is_phase 1 ready
	reeve edit 1 --agent sh
	chmod +x "$BATS_TEST_TMPDIR/plain-file"
	let_pass 1
	[ "$(field 1 .agent)" = sh ]
}

@test "an agent whose interpreter is missing: said in words, not as a death without a reason (D-3)" {
	printf '#!/nonexistent/interpreter\n' >"$BATS_TEST_TMPDIR/script"
	chmod +x "$BATS_TEST_TMPDIR/script"
	git config -f "$REEVE_STATE/config" agent.script.start "$BATS_TEST_TMPDIR/script {text}"
	start_supervisor
	new 'no interpreter' 'x' --agent script
	wait_for 20 blocked 1 'could not be executed'
}

@test "an agent that nobody configured is refused at new and at edit (A-2)" {
	says 1 'there is no agent "unknown" (there are: aider, claude' reeve new 'title' --agent unknown
	reeve new 'title' --park
	says 1 'there is no agent "unknown"' reeve edit 1 --agent unknown
	[ "$(field 1 .agent)" = sh ]
}

@test "an agent that exits at once, with 0 and with a signal: two tries, then a person, with the words (D-83 C-7)" {
	start_supervisor
	new 'zero' 'exit 0'
	new 'segv' 'kill -SEGV $$'
	wait_for 20 is_phase 1 attention
	wait_for 20 is_phase 2 attention
	blocked 1 'exit status 0'
	blocked 2 'SEGV'
	says 1 'reeve retry 1' reeve status
}

@test "ten megabytes of output, a closed stdin: no harm, the tail is bounded and clean (E-16)" {
	start_supervisor
	new 'talks' "head -c 10000000 /dev/urandom; echo; echo last words; $(work hello.txt)"
	new 'deaf' "exec <&-; $(work deaf.txt)"
	wait_for 30 is_phase 1 human-review
	wait_for 20 is_phase 2 human-review
	wait_for 20 test -s "$REEVE_STATE/tickets/1/episodes/1/tail.txt"
	[ "$(stat -c %s "$REEVE_STATE/tickets/1/episodes/1/tail.txt")" -le 65536 ]
	plain cat "$REEVE_STATE/tickets/1/episodes/1/tail.txt"
	plain reeve tail 1
}

@test "background processes of an agent are ended with it, also those that hide (X-19)" {
	start_supervisor
	new 'leaves some' "echo \$\$ >$BATS_TEST_TMPDIR/pid; sleep infinity & setsid sleep infinity &
		(setsid sh -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- </dev/null >/dev/null 2>&1; sleep infinity & exec sleep infinity' &)
		$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	wait_for 20 no_workers
	reeve pass 1
	wait_for 20 is_phase 1 done
}

@test "an agent that ignores SIGTERM is killed after the grace (E-4 E-8)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/never"
	new 'stubborn' "trap '' TERM INT HUP; read -r _ <$BATS_TEST_TMPDIR/never"
	wait_for 20 is_phase 1 working
	reeve park 1
	wait_for 10 is_phase 1 parked
	[ "$(field 1 .deaths)" = 0 ]
	no_workers
}

@test "an agent that drops its environment is still known by its launcher, and ended with it (E-21 X-19)" {
	git config -f "$REEVE_STATE/config" agent.drops.start "env -i HOME=$HOME PATH=$PATH sh -c {text}"
	start_supervisor
	new 'reports' "echo text >f; git add .; git -c user.name=A -c user.email=a@b commit -qm f; reeve done -m f" --agent drops
	wait_for 20 is_phase 1 human-review
	new 'runs' "echo \$\$ >$BATS_TEST_TMPDIR/pid; setsid sleep infinity & exec sleep infinity" --agent drops
	wait_for 20 is_phase 2 working
	wait_for 5 test -s "$BATS_TEST_TMPDIR/pid"
	reeve cancel 2
	wait_for 20 is_phase 2 cancelled
	[ ! -e "/proc/$(cat "$BATS_TEST_TMPDIR/pid")" ]
}
