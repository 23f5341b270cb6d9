#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Scripts that behave as Claude Code, Codex and opencode were seen to behave (tests/agents has those themselves).
load world
load bad
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
	mkfifo "$D/go"
	REFUSED=$REEVE_STATE/spool/refused
}
teardown() { world_down; }

# A program of a full screen: draws a dialog whose default is Yes, and keeps whatever is typed into it, as
# it comes, in $D/typed.EPISODE.
dialog() {
	cat >"$D/dialog" <<-EOF
		stty raw -echo
		printf '\033[?1049h\033[?2004h\033]0;Action Required\007Do you want to run rm -rf? \033[7m1. Yes\033[0m  2. No\r\n'
		exec cat >"$D/typed.\$REEVE_EPISODE"
	EOF
}

# keys KEY...: what a person types into the window of episode $1
keys() {
	local episode=$1
	shift
	tmux -S "$SOCKET" send-keys -t "$(tmux -S "$SOCKET" list-panes -aF '#{pane_id} #{pane_start_command}' |
		awk -v e="$episode" 'index($0, " " e) { print $1; exit }')" "$@"
}

@test "slow to start, and late to read its prompt: it is left alone, and its words are whole (B-4)" {
	cat >"$D/slow" <<-EOF
		read -r _ <$D/go
		printf %s "\$1" >$D/prompt
		git commit -q --allow-empty -m slow && reeve done -m slow
	EOF
	config '[defaults]' 'start-deadline = 5s' '[agent.slow]' "start = sh $D/slow {prompt}"
	start_supervisor
	new 'slow' "$(printf 'line %d with "quotes", $HOME and `date`\n' 1 2 3)" --agent slow
	wait_for 20 is_phase 1 working
	new 'quick' "$(work hello.txt)" --agent sh
	wait_for 20 is_phase 2 human-review
	reeve tell 1 'and be quick'
	let_pass 5 # more than whoever starts has to begin
	is_phase 1 working
	echo >"$D/go"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	[ "$(field 1 .deaths)" = 0 ]
	cmp "$D/prompt" "$REEVE_STATE/tickets/1/episodes/1/brief.md"
}

@test "a dialog, a draft: nothing is typed into a window, whatever is due; the words wait (B-4 B-1 E-42)" {
	dialog
	start_supervisor
	new 'dialog' "sh $D/dialog"
	wait_for 20 test -e "$D/typed.1.1"
	keys 1.1 -l 'a draft of a person'
	wait_for 20 grep -q 'a draft of a person' "$D/typed.1.1"
	reeve tell 1 'use the second table'
	new 'other' "$(work hello.txt)" --agent sh
	wait_for 20 is_phase 2 human-review
	reeve review 2 >"$D/out"
	reeve pass 2
	wait_for 20 is_phase 2 done
	reeve sync
	is_phase 1 working
	[ "$(cat "$D/typed.1.1")" = 'a draft of a person' ]
	# the words are in what the next start is told
	reeve park 1
	wait_for 20 is_phase 1 parked
	reeve unpark 1
	wait_for 20 test -e "$D/typed.1.2"
	grep -q 'use the second table' "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	[ ! -s "$D/typed.1.2" ]
}

@test "answered in its own window, it goes on in the same episode; asked and done in one breath is both (E-19 B-7)" {
	start_supervisor
	new 'queues' "reeve question -m 'red or blue?' --no-wait; read -r colour; echo \$colour >colour; git add . && git commit -qm colour && reeve done -m \$colour"
	wait_for 20 is_phase 1 asking
	keys 1.1 -l blue
	keys 1.1 Enter
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	[ "$(git -C "$REPO" show "$(field 1 .branch)":colour)" = blue ]
	new 'one breath' "git commit -q --allow-empty -m x; reeve question -m 'or not?' --no-wait; reeve done -m x --no-wait"
	wait_for 20 is_phase 2 human-review
	[ "$(field 2 '[.history[].event | select(. == "QUESTION" or . == "DONE")] | join(" ")')" = 'QUESTION DONE' ]
}

@test "its tools have no environment: who speaks is known by the launcher above them (E-20 E-21)" {
	cat >"$D/mcp" <<-'EOF'
		printf '%s\n' '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}' \
			'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"report_done","arguments":{"summary":"by the tool"}}}' | reeve mcp
	EOF
	start_supervisor
	new 'scrubs' "git commit -q --allow-empty -m x; e='env -i PATH=$PATH HOME=$HOME'
		\$e reeve note half-way; echo '{\"hook_event_name\":\"UserPromptSubmit\",\"session_id\":\"s\"}' | \$e reeve hook
		cd /; \$e setsid sh $D/mcp >$D/answers; exec sleep infinity"
	wait_for 20 is_phase 1 human-review
	wait_for 20 grep -q '"Recorded' "$D/answers" # it is told after the decision
	[ "$(field 1 '[.history[].event | select(. == "NOTE" or . == "DONE")] | join(" ")')" = 'NOTE DONE' ]
	[ "$(jq -r .session "$REEVE_STATE/tickets/1/episodes/1/turn.json")" = s ]
}

# A daemon of the first window runs the commands of the second, in its directory but with the first's
# environment: "run DIRECTORY COMMAND" goes to it by a fifo, what came of it to $D/said.
shared_daemon() {
	mkfifo "$D/calls"
	cat >"$D/daemon" <<-EOF
		while read -r dir command; do (cd "\$dir" && eval "\$command"; echo "exit \$?") >>$D/said 2>&1; done <>$D/calls
	EOF
	start_supervisor
	new 'first' "git commit -q --allow-empty -m 'of the first'; setsid sh $D/daemon & read -r _ <$D/go; reeve done -m first"
	wait_for 20 is_phase 1 working
	new 'second' "git commit -q --allow-empty -m 'of the second'; pwd >$D/dir; exec sleep infinity"
	wait_for 20 test -s "$D/dir"
}
run_in_daemon() {
	: >"$D/said"
	echo "$@" >"$D/calls"
	wait_for 20 grep -q '^exit' "$D/said"
}

@test "a daemon with another ticket's environment: refused and kept, it says why, no ticket moves (C-18 E-17 E-18 X-33)" {
	shared_daemon
	second=$(cat "$D/dir")
	for command in "reeve done -m second" "reeve question -m 'which?'" "reeve note there" "cd src && reeve review -m second"; do
		run_in_daemon "$second" "$command"
		grep -q 'this is the worktree of ticket 2, but the environment is that of ticket 1' "$D/said"
		grep -q 'NOT accepted: unauthenticated' "$D/said"
		[ "$(tail -n 1 "$D/said")" = 'exit 3' ]
	done
	run_in_daemon "$second" "echo '{\"hook_event_name\":\"Stop\",\"cwd\":\"$second\"}' | reeve hook"
	[ "$(cat "$D/said")" = 'exit 0' ]
	[ ! -e "$REEVE_STATE/tickets/1/episodes/1/turn.json" ]
	timeout 60 reeve sync
	is_phase 1 working
	is_phase 2 working
	[ "$(jq -r .ticket "$REFUSED"/*.json | sort -u)" = 2 ]
	done=$(grep -l '"kind":"DONE"' "$REFUSED"/*.json)
	says 1 "reeve adopt ${done##*/}" reeve status
	reeve adopt "${done##*/}"
	wait_for 20 is_phase 2 human-review
	[ "$(git -C "$REPO" log -1 --format=%s "$(field 2 .pinned)")" = 'of the second' ]
	# nor does it hinder who stands in its own place, or in nobody's
	run_in_daemon / "reeve note 'from elsewhere'"
	[ "$(tail -n 1 "$D/said")" = 'exit 0' ]
	echo >"$D/go"
	wait_for 20 is_phase 1 human-review
	[ "$(git -C "$REPO" log -1 --format=%s "$(field 1 .pinned)")" = 'of the first' ]
	stop_supervisor
	reeve fsck
}
