#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Ready-made profiles with scripted programs in the place of the agents: what they are started with, what they find, in
# which session they go on, and that nothing of the user's is touched.

load world

setup() {
	world_up
	BIN=$BATS_TEST_TMPDIR/bin
	OUT=$BATS_TEST_TMPDIR/out
	mkdir -p "$BIN" "$OUT"
	PATH=$BIN:$PATH
	export OUT
	unset CLAUDE_CONFIG_DIR CODEX_HOME
}
teardown() { world_down; }

# agent NAME: stdin is what the program NAME does; its words are in $OUT/EPISODE.argv, a NUL behind each
agent() {
	{
		printf '#!/bin/bash\n[ "$1" != --version ] || { echo "%s 9.9"; exit; }\n' "$1"
		printf 'printf "%%s\\0" "$@" >"$OUT/tmp.$$" && mv "$OUT/tmp.$$" "$OUT/$REEVE_EPISODE.argv"\n'
		# what a hook of the agent would be given: the first prompt of the session
		printf 'hook() { printf '\''{"hook_event_name":"%%s","session_id":"%%s","cwd":"%%s"}'\'' "$1" "$2" "$PWD" | reeve hook; }\n'
		cat
	} >"$BIN/$1"
	chmod +x "$BIN/$1"
}

# words EPISODE: its words, one a line; line breaks in them are blanks
words() {
	tr '\n\0' ' \n' <"$OUT/$1.argv"
}
spec() {
	jq -r "$2" "$REEVE_STATE/tickets/${1%.*}/episodes/${1#*.}/spec.json"
}

# lacks TEXT: stdin does not hold it
lacks() {
	if grep -F -e "$1"; then return 1; fi
}

listing() {
	(cd "$HOME" && find . -printf '%p %m %s %T@\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

@test "profiles: one line is enough; an answer and a FAIL go on in its session; nobody's files are touched" {
	mkdir -p "$HOME/.claude"
	echo '{"hasCompletedOnboarding":true}' >"$HOME/.claude.json"
	echo '{"model":"mine"}' >"$HOME/.claude/settings.json"
	config '[defaults]' 'agent = claude'
	agent claude <<-'END'
		cat "$OUT/pause" 2>/dev/null
		case $REEVE_EPISODE in
		1.1) hook UserPromptSubmit "$2"; reeve question -m 'which colour?' ;;
		*) echo "$REEVE_EPISODE" >>made; git add made; git commit -qm "$REEVE_EPISODE"; reeve done -m made ;;
		esac
	END
	listing >"$OUT/before"
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 is_phase 1 asking
	reeve answer 1 'sky blue'
	wait_for 30 is_phase 1 human-review
	reeve fail 1 -m 'still too dark'
	wait_for 30 test -s "$OUT/1.3.argv"
	wait_for 30 is_phase 1 human-review
	listing | diff "$OUT/before" -
	# the first one: a session that reeve chose, its files, the brief
	session=$(spec 1.1 .session)
	[[ $session =~ ^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$ ]]
	files=$REEVE_STATE/tickets/1/episodes/1/files
	[ "$(words 1.1 | sed -n 1,7p)" = "$(printf '%s\n' --session-id "$session" --settings "$files/settings.json" \
		--mcp-config "$files/mcp.json" --)" ]
	words 1.1 | sed -n 8p | grep -q 'the whole task'
	[ "$(words 1.1 | wc -l)" = 8 ]
	jq -e '.hooks.Stop[0].hooks[0].command == "reeve hook"' "$files/settings.json"
	jq -e '.mcpServers.reeve.command == "reeve"' "$files/mcp.json"
	[ "$(stat -c %a "$files" "$files"/*)" = "$(printf '700\n600\n600')" ]
	# the others: the same session, only what is new, and files of their own
	for n in 2 3; do
		[ "$(words 1.$n | sed -n 1,2p)" = "$(printf '%s\n' --resume "$session")" ]
		[ "$(spec 1.$n .continues)" = "1.$((n - 1))" ]
		[ -s "$REEVE_STATE/tickets/1/episodes/$n/files/mcp.json" ]
		words 1.$n | lacks 'the whole task'
		grep -q 'the whole task' "$REEVE_STATE/tickets/1/episodes/$n/brief.md"
	done
	words 1.2 | grep -q 'which colour?.*sky blue'
	words 1.3 | grep -q 'still too dark'
	words 1.3 | lacks 'sky blue'
	reeve show 1 | grep -q "session: claude $session, as 1.2"
	reeve fsck
}

@test "profiles: a session that cannot be gone on with costs one start, and the whole brief begins anew" {
	config '[defaults]' 'agent = claude'
	agent claude <<-'END'
		if [ "$1" = --resume ]; then echo "No conversation found with session ID: $2" >&2; exit 1; fi
		case $REEVE_EPISODE in
		1.1) reeve question -m 'which colour?' ;;
		*) git commit -q --allow-empty -m x; echo x >x; git add x; git commit -qm x; reeve done -m x ;;
		esac
	END
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 is_phase 1 asking
	reeve answer 1 'sky blue'
	wait_for 30 is_phase 1 human-review
	[ "$(words 1.2 | head -n 1)" = --resume ]
	[ "$(words 1.3 | head -n 1)" = --session-id ]
	[ "$(spec 1.3 .session)" != "$(spec 1.1 .session)" ]
	words 1.3 | grep -q 'the whole task.*sky blue'
}

@test "profiles: codex goes on in the session that its hook told of; a reviewer has one of its own" {
	config '[defaults]' 'review = agent' '[repo.app]' 'agent = codex'
	agent codex <<-'END'
		if [ "$REEVE_ROLE" = reviewer ]; then reeve fail -m 'not blue'; exit; fi
		if [ "$1" != resume ]; then
			# of version 7: the time stands in it
			at=$(printf %012x "$(date +%s%3N)")
			id=${at%????}-${at#????????}-7662-956f-0a3c960c6ca1
			echo "$id" >"$OUT/id"
			hook UserPromptSubmit "$id"
		fi
		echo "$REEVE_EPISODE" >>made; git add made; git commit -qm "$REEVE_EPISODE"; reeve done -m made
	END
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 test -s "$OUT/1.3.argv"
	[ "$(words 1.1 | head -n 1)" = --no-daemon ]
	[ "$(words 1.2 | head -n 1)" = --no-daemon ]
	[ "$(words 1.3 | head -n 1)" = resume ]
	[ "$(words 1.3 | tail -n 2 | head -n 1)" = "$(cat "$OUT/id")" ]
	words 1.3 | tail -n 1 | grep -q 'not blue'
	words 1.1 | grep -qx "hooks.Stop=\[{hooks=\[{type='command',command='reeve hook',timeout=20}\]}\]"
	[ "$(spec 1.3 .continues)" = 1.1 ]
	reeve park 1
}

@test "profiles: a worker of codex names a session of the user's, of before: the next episode begins anew, with the whole task" {
	config '[repo.app]' 'agent = codex'
	agent codex <<-'END'
		case $REEVE_EPISODE in
		1.1)
			hook UserPromptSubmit 01a1fec5-af07-7662-956f-0a3c960c6ca1
			printf '{"state":"busy","since":"2026-11-21T06:23:25Z","event":"Stop","session":"01a1fec5-af07-7662-956f-0a3c960c6ca1","told":false}\n' >"${REEVE_BRIEF%/*}/turn.json"
			reeve question -m 'which colour?'
			;;
		*) exec sleep infinity ;;
		esac
	END
	start_supervisor
	reeve new 'paint it' -m 'the whole task'
	wait_for 30 is_phase 1 asking
	reeve answer 1 -m blue
	wait_for 30 test -s "$OUT/1.2.argv"
	[ "$(words 1.2 | head -n 1)" = --no-daemon ]
	words 1.2 | grep -q 'the whole task'
	if words 1.2 | grep -q 01a1fec5; then return 1; fi
	grep -q 'the session that turn.json of episode 1 names is not gone on with' "$BATS_TEST_TMPDIR/reeved.log"
	[ "$(sed -n 's/.* agent=\([^ ]*\).*/\1/p' "$REEVE_STATE/tickets/1/ticket" | sort -u)" = codex ]
}

@test "profiles: a prompt goes to stdin, or names its file" {
	agent reads <<-'END'
		cat >"$OUT/stdin"
		[ -t 1 ] && echo terminal >"$OUT/stdout"
		reeve review -m read
	END
	config '[agent.reads]' 'start = reads {options} {prompt}' 'options = a "b c"' 'prompt = stdin' \
		'[agent.names]' 'start = names {prompt}' 'prompt = file'
	agent names <<-'END'
		reeve review -m named
	END
	start_supervisor
	reeve new one -m 'the whole task' --agent reads
	reeve new two -m 'the whole task' --agent names
	wait_for 30 test -s "$OUT/stdout"
	wait_for 30 test -s "$OUT/2.1.argv"
	cmp "$OUT/stdin" "$REEVE_STATE/tickets/1/episodes/1/brief.md"
	[ "$(words 1.1)" = "$(printf '%s\n' a 'b c' '')" ]
	[ "$(words 2.1)" = "Read the file $REEVE_STATE/tickets/2/episodes/1/brief.md and do what it says." ]
}

@test "profiles: the nonce is in no argument, no log, no file and no window that others read (X-31)" {
	config '[defaults]' 'agent = claude'
	agent claude <<-'END'
		echo "$REEVE_NONCE" >"$OUT/nonce"
		grep -lsF "$REEVE_NONCE" /proc/[0-9]*/cmdline >"$OUT/argv" 2>/dev/null
		ps axww -o args= >"$OUT/ps"
		: >"$OUT/ready"
		while [ ! -e "$OUT/go" ]; do read -rt 0.05 <> <(:) || :; done
	END
	start_supervisor
	reeve new 'keep it' -m 'text'
	wait_for 30 test -e "$OUT/ready"
	nonce=$(cat "$OUT/nonce")
	[ ${#nonce} = 64 ]
	[ ! -s "$OUT/argv" ]
	lacks "$nonce" <"$OUT/ps"
	cat "$BATS_TEST_TMPDIR/reeved.log" "$REEVE_STATE"/*/*/* "$REEVE_STATE"/*/*/*/*/* 2>/dev/null | lacks "$nonce"
	tmux -S "$SOCKET" show-environment -g | lacks "$nonce"
	tmux -S "$SOCKET" list-panes -a -F '#{pane_start_command} #{pane_title} #{window_name}' | lacks "$nonce"
	: >"$OUT/go"
}

@test "profiles: an agent that has no reeve reports by a file, as its brief says (E-21); words on its screen say nothing (E-31)" {
	config '[defaults]' 'agent = claude'
	# it runs the lines of the brief that are a report by hand, and has no reeve on its PATH
	agent claude <<-'END'
		PATH=/usr/bin:/bin
		! command -v reeve || exit 9
		echo 'DONE: it is finished'
		echo x >x; git add x; git commit -qm x
		sed -n '/^    printf/,/^    mv/p' "$REEVE_BRIEF" >"$OUT/recipe"
		[ -e "$OUT/silent" ] || . "$OUT/recipe"
	END
	command -v /usr/bin/reeve && skip 'reeve is installed in /usr/bin'
	start_supervisor
	reeve new 'by hand' -m 'text'
	wait_for 30 is_phase 1 human-review
	reeve show 1 --json | jq -e '.history | map(select(.event == "DONE")) | length == 1'
	: >"$OUT/silent"
	reeve new 'by shouting' -m 'text'
	wait_for 30 is_phase 2 attention
	reeve show 2 --json | jq -e '.history | map(select(.event == "DONE")) | length == 0'
}

@test "agents: what there is, what is in effect, and who works for a repository" {
	printf '#!/bin/sh\n' >"$BIN/codex"
	chmod +x "$BIN/codex"
	config '[agent.strict]' 'profile = claude' 'options = --permission-mode plan' '[repo.app]' 'agent = strict'
	reeve agents >"$OUT/agents"
	grep -q "^codex  *ready-made  *$BIN/codex\$" "$OUT/agents"
	grep -q '^sh \*  *ready-made  */' "$OUT/agents"
	grep -q '^strict  *config, over claude  *not installed$' "$OUT/agents"
	reeve agents --json | jq -e 'map(select(.name == "strict"))[0] | .profile == "claude" and .program == null'
	reeve agents strict >"$OUT/strict"
	grep -qx 'options = --permission-mode plan' "$OUT/strict"
	grep -qx 'file = claude/mcp.json' "$OUT/strict"
	# what is printed is a section that can be used
	sed 's/"strict"/"copied"/' "$OUT/strict" >>"$REEVE_STATE/config"
	[ "$(reeve agents copied | sed 1d)" = "$(sed 1d "$OUT/strict")" ]
	run reeve agents nobody
	[ "$status" = 1 ]
	reeve new 'who' -m text --park
	[ "$(field 1 .agent)" = strict ]
	config '[repo.app]' 'agent = nobody'
	run reeve new 'who' -m text --park
	[ "$status" = 1 ]
	[[ $output == *'the default agent "nobody" is neither in'* ]]
}
