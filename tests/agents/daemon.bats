#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Codex with its daemon on, as somebody's own line may start it: all windows then run with the environment
# of the first one.
load agents
setup() {
	agents_up codex
	sed -i '1i allow_login_shell = false' "$HOME/.codex/config.toml"
	config '[agent.codex]' "start = codex {prompt}"
}
teardown() { agents_down; }

# second_reports WORDS...: the second ticket, whose window has the environment of the first, reports with this line
second_reports() {
	play first <<-'P'
		sh git commit -q --allow-empty -m 'work of the first'
		wait go
		sh reeve done -m 'the first is done'
		say finished
	P
	play second <<-P
		sh git commit -q --allow-empty -m 'work of the second'; echo "\$REEVE_TICKET" >$BATS_TEST_TMPDIR/whose
		$*
		say finished
	P
	start_supervisor
	ticket 'first' first
	wait_for "$WAIT" asked '.waits == "go"'
	ticket 'second' second
	wait_for "$WAIT" asked '.play == "second" and .does == "say finished"'
	[ "$(cat "$BATS_TEST_TMPDIR/whose")" = 1 ] # else this Codex has no such daemon, and this file can go
	is_phase 1 working
	is_phase 2 working
	[ "$(find "$REEVE_STATE/spool/refused" -name '*.json' | wc -l)" = 1 ]
	asked 'any(.tool_said[]?; contains("is the worktree of ticket 2") and contains("NOT accepted: unauthenticated"))'
	reeve adopt "$(basename "$REEVE_STATE"/spool/refused/*.json)"
	wait_for 20 is_phase 2 human-review
	[ "$(git -C "$REPO" log -1 --format=%s "$(field 2 .pinned)")" = 'work of the second' ]
	cue go
	wait_for "$WAIT" is_phase 1 human-review
	[ "$(git -C "$REPO" log -1 --format=%s "$(field 1 .pinned)")" = 'work of the first' ]
}

@test "a report from another ticket's environment moves neither, says why, and can be adopted (C-18 E-18 X-33)" {
	second_reports "sh reeve done -m 'the second is done'"
}

@test "the same by the tool (E-20 X-33)" {
	cat >>"$HOME/.codex/config.toml" <<-'TOML'
		[mcp_servers.reeve]
		command = "reeve"
		args = ["mcp"]
		env_vars = ["REEVE_STATE", "REEVE_TICKET", "REEVE_EPISODE", "REEVE_ROLE", "REEVE_NONCE", "REEVE_WORKTREE"]
		required = true
	TOML
	second_reports 'tool report_done {"summary":"the second is done"}'
}
