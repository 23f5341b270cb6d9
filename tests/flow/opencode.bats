#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The profile of opencode, and its plugin, without opencode: what is written for it, how it goes on with a session, and
# what the plugin makes of events (opencode_tui.mjs gives it some).

load world

setup() {
	world_up
	BIN=$BATS_TEST_TMPDIR/bin
	OUT=$BATS_TEST_TMPDIR/out
	mkdir -p "$BIN" "$OUT"
	PATH=$BIN:$PATH
	export OUT
	unset "${!OPENCODE@}"
	config '[defaults]' 'agent = opencode'
}
teardown() { world_down; }

words() {
	tr '\n\0' ' \n' <"$OUT/$1.argv"
}
said() {
	cat "$OUT/$1.said" 2>/dev/null
}
episode() {
	echo "$REEVE_STATE/tickets/1/episodes/$1"
}
turn() {
	jq -r ".$2" "$(episode "$1")/turn.json"
}
listing() {
	(cd "$HOME" && find . -printf '%p %m %s %T@\n' | sort)
}

# The part of episode $1: stdin.
part() {
	command -v node >/dev/null || skip 'node is missing'
	printf '#!/bin/sh\nexec node "%s" "$@"\n' "$BATS_TEST_DIRNAME/opencode_tui.mjs" >"$BIN/opencode"
	chmod +x "$BIN/opencode"
	cat >"$OUT/$1.play"
}

@test "opencode: its files are written for each episode; the session its plugin told of goes on; nobody's files are touched" {
	cat >"$BIN/opencode" <<-'END'
		#!/bin/bash
		[ "$1" != --version ] || { echo 9.9; exit; }
		echo "$OPENCODE_TUI_CONFIG" >"$OUT/$REEVE_EPISODE.tui"
		echo "$OPENCODE_CONFIG_CONTENT" >"$OUT/$REEVE_EPISODE.json"
		printf '%s\0' "$@" >"$OUT/tmp" && mv "$OUT/tmp" "$OUT/$REEVE_EPISODE.argv"
		if [ "$1" = --prompt ]; then
			# as it makes one: the time counts down
			printf 'ses_%012xLM1YkTmBlI9sm3\n' $((~($(date +%s%3N) * 4096 + 1) & 0xffffffffffff)) >"$OUT/id"
		fi
		printf '{"hook_event_name":"UserPromptSubmit","session_id":"%s","cwd":"%s"}' "$(cat "$OUT/id")" "$PWD" | reeve hook
		case $REEVE_EPISODE in
		1.1) reeve question -m 'which colour?' ;;
		*) echo x >x; git add x; git commit -qm x; reeve done -m made ;;
		esac
	END
	chmod +x "$BIN/opencode"
	mkdir -p "$HOME/.config/opencode"
	echo '{}' >"$HOME/.config/opencode/opencode.json"
	listing >"$OUT/before"
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 is_phase 1 asking
	reeve answer 1 'sky blue'
	wait_for 30 is_phase 1 human-review
	listing | diff "$OUT/before" -
	[ "$(words 1.1 | head -n 1)" = --prompt ]
	words 1.1 | grep -q 'the whole task'
	[ "$(words 1.2)" = "$(printf '%s\n' --session "$(cat "$OUT/id")")" ]
	grep -q 'sky blue' "$(episode 2)/resume.md"
	for n in 1 2; do
		[ "$(cat "$OUT/1.$n.tui")" = "$(episode $n)/files/tui.json" ]
		jq -e '.mcp.reeve.command == ["reeve", "mcp"]' "$OUT/1.$n.json"
		[ "$(jq -r '.plugin[]' "$(episode $n)/files/tui.json")" = ./reeve.js ]
		[ -s "$(episode $n)/files/reeve.js" ]
	done
	[ -z "$(git -C "$(field 1 .worktree)" status --porcelain)" ]
}

@test "opencode: its plugin tells of the turn; who ends one without a report is told once; sub-sessions and repeats do not count (E-42)" {
	part 1.1 <<-'P'
		load
		session.created {"info":{"id":"ses_one"}}
		session.status {"sessionID":"ses_one","status":{"type":"busy"}}
		session.status {"sessionID":"ses_one","status":{"type":"busy"}}
		session.created {"info":{"id":"ses_child","parentID":"ses_one"}}
		session.status {"sessionID":"ses_child","status":{"type":"busy"}}
		session.status {"sessionID":"ses_child","status":{"type":"idle"}}
		session.idle {"sessionID":"ses_child"}
		permission.asked {"sessionID":"ses_child"}
		quiet
		sh cp "${REEVE_BRIEF%/*}/turn.json" "$OUT/asking.json"
		permission.replied {"sessionID":"ses_child"}
		session.status {"sessionID":"ses_one","status":{"type":"idle"}}
		session.idle {"sessionID":"ses_one"}
		session.idle {"sessionID":"ses_one"}
		said 1
		session.status {"sessionID":"ses_one","status":{"type":"busy"}}
		session.idle {"sessionID":"ses_one"}
		quiet
		sh cp "${REEVE_BRIEF%/*}/turn.json" "$OUT/idle.json"
		session.status {"sessionID":"ses_one","status":{"type":"busy"}}
		session.error {"sessionID":"ses_one","error":{"name":"MessageAbortedError"}}
		session.idle {"sessionID":"ses_one"}
		quiet
		sh reeve review -m 'look at it'
	P
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 is_phase 1 human-review
	said 1.1 | grep -q '^ses_one You have ended your turn without a report'
	[ "$(said 1.1 | grep -c without)" = 1 ]
	[ "$(jq -r '.state + " " + .session' "$OUT/asking.json")" = 'asking ses_one' ]
	[ "$(jq -r '.state + " " + .event' "$OUT/idle.json")" = 'idle Stop' ]
	[ "$(turn 1 event)" = StopFailure ]
}

@test "opencode: a session that goes on gets its prompt once, however often the plugin is loaded (A-14)" {
	part 1.1 <<-'P'
		load
		session.created {"info":{"id":"SES_NOW"}}
		session.status {"sessionID":"SES_NOW","status":{"type":"busy"}}
		quiet
		sh reeve question -m 'which colour?' --no-wait
	P
	part 1.2 <<-'P'
		load
		said 1
		load
		quiet
		sh reeve review -m 'look at it'
	P
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 is_phase 1 asking
	reeve answer 1 'sky blue'
	wait_for 30 is_phase 1 human-review
	id=$(turn 1 session)
	[[ $id =~ ^ses_[0-9a-f]{12}[0-9A-Za-z]{14}$ ]]
	[ "$(words 1.2)" = "$(printf '%s\n' --session "$id")" ]
	[ "$(said 1.2)" = "$id $(cat "$(episode 2)/resume.md")" ]
	reeve fsck
}

@test "opencode: a worker names a session of the user's, of before: the next episode begins anew, with the whole task" {
	cat >"$BIN/opencode" <<-'END'
		#!/bin/bash
		[ "$1" != --version ] || { echo 9.9; exit; }
		printf '%s\0' "$@" >"$OUT/tmp" && mv "$OUT/tmp" "$OUT/$REEVE_EPISODE.argv"
		case $REEVE_EPISODE in
		1.1) id=ses_usersOwnPrivateOne123 ;;
		1.2) id=ses_e001ec74bffeLM1YkTmBlI9sm3 ;;
		*) exec sleep infinity ;;
		esac
		printf '{"state":"busy","since":"2026-11-21T06:23:25Z","event":"Stop","session":"%s","told":false}\n' "$id" >"${REEVE_BRIEF%/*}/turn.json"
		reeve question -m 'which colour?'
	END
	chmod +x "$BIN/opencode"
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	for n in 1 2; do
		wait_for 30 test -s "$OUT/1.$n.argv"
		wait_for 30 is_phase 1 asking
		reeve answer 1 -m blue
	done
	wait_for 30 test -s "$OUT/1.3.argv"
	for n in 2 3; do
		[ "$(words 1.$n | head -n 1)" = --prompt ]
		words 1.$n | grep -q 'the whole task'
	done
	if grep -E 'session=|continues=' "$REEVE_STATE/tickets/1/ticket"; then return 1; fi
	reeve park 1
}

@test "opencode: without reeve its plugin does nothing, and throws nothing" {
	part 0.0 <<-'P'
		load
		session.created {"info":{"id":"ses_one"}}
		session.status {"sessionID":"ses_one","status":{"type":"busy"}}
		session.idle {"sessionID":"ses_one"}
		session.idle {"sessionID":null}
		session.error {}
		quiet
	P
	mkdir "$OUT/files"
	for f in tui.json reeve.js; do
		cp "$BATS_TEST_DIRNAME/../../templates/agents/opencode/$f" "$OUT/files"
	done
	PATH=$BIN:$(dirname "$(command -v node)"):/usr/bin:/bin REEVE_EPISODE=0.0 OPENCODE_TUI_CONFIG=$OUT/files/tui.json run opencode --session ses_one
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ ! -e "$OUT/0.0.said" ]
}
