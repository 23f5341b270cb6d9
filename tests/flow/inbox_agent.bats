#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Messages to agents: told by their own hooks, at the end of a turn; never typed into a terminal.
load world
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
	BOSS=$REEVE_STATE/inbox/boss
	# say EVENT NAME [KEYS] [OPTION...]: an agent's hook; its exit code, and its words on both streams, in $D/NAME
	cat >"$D/say" <<-EOF
		event=\$1 name=\$2 keys=\${3:-} rc=0
		shift 2; [ \$# = 0 ] || shift
		printf '{"hook_event_name":"%s","session_id":"s-1","cwd":"%s"%s}' "\$event" "\$PWD" "\$keys" | reeve hook "\$@" >"$D/\$name" 2>&1 || rc=\$?
		echo "exit \$rc" >>"$D/\$name"
	EOF
}
teardown() { world_down; }

say() { sh "$D/say" "$@"; }
code() { tail -n 1 "$D/$1"; }
unread() { find "$1" -type f -name '*.json' 2>/dev/null | wc -l; }
has() { [ "$(unread "$1")" = "$2" ]; }

@test "an orchestrator is told at the end of its turn, once for the same messages, and again in the next turn until it reads (B-11)" {
	export REEVE_INBOX=boss
	say Stop idle
	[ "$(cat "$D/idle")" = 'exit 0' ]
	reeve new '<b>`rm`</b> & "$(x)"' --park
	reeve cancel 1 -m '<script>'
	say Stop first
	[ "$(code first)" = 'exit 2' ]
	grep -q '^1 message of reeve waits for you.* run reeve inbox boss ' "$D/first"
	[ "$(grep -c '[<>&`$"]' "$D/first")" = 0 ]
	say Stop again ',"stop_hook_active":true'
	[ "$(cat "$D/again")" = 'exit 0' ]
	reeve new 'two' --park
	reeve cancel 2
	say Stop more ',"stop_hook_active":true'
	[ "$(code more)" = 'exit 2' ]
	grep -q '^2 messages' "$D/more"
	say Stop busy ',"background_tasks":[{"status":"running"}]'
	[ "$(cat "$D/busy")" = 'exit 0' ]
	# the next turn: as context when it begins, and at its end again
	say UserPromptSubmit prompt
	[ "$(code prompt)" = 'exit 0' ]
	[ "$(head -n 1 "$D/prompt" | jq -r .hookSpecificOutput.hookEventName)" = UserPromptSubmit ]
	[[ $(head -n 1 "$D/prompt" | jq -r .hookSpecificOutput.additionalContext) == '2 messages'* ]]
	say Stop next
	[ "$(code next)" = 'exit 2' ]
	reeve inbox >"$D/read"
	say Stop done ',"stop_hook_active":true'
	[ "$(cat "$D/done")" = 'exit 0' ]
	[ "$(jq -r .state "$BOSS/turn.json")" = idle ]
	reeve fsck
}

@test "a message that comes while the agent does nothing drives it: the hook sleeps for it (B-1 B-8)" {
	export REEVE_INBOX=boss
	reeve new 'one' --park
	say Stop waits '' --wait 60s 3>&- &
	hook=$!
	idle() { [ "$(jq -r .state "$BOSS/turn.json" 2>/dev/null)" = idle ]; }
	wait_for 5 idle
	reeve cancel 1
	wait "$hook"
	[ "$(code waits)" = 'exit 2' ]
	grep -q '^1 message' "$D/waits"
	reeve inbox >/dev/null
	say Stop over '' --wait 100ms
	[ "$(cat "$D/over")" = 'exit 0' ]
	run reeve hook --wait soon
	[ "$status" = 1 ]
}

@test "a worker that is told something in the middle of its turn reads it once, at the boundary; until then it is shown (E-11 B-11)" {
	start_supervisor
	mkfifo "$D/go"
	new 'works' "read x <$D/go
		sh $D/say Stop 1; reeve inbox --json >$D/read; reeve inbox --json >$D/reread; sh $D/say Stop 2 ',\"stop_hook_active\":true'; exec sleep infinity"
	wait_for 20 is_phase 1 working
	reeve tell 1 'the server is staging-2 now'
	INBOX=$REEVE_STATE/tickets/1/episodes/1/inbox
	wait_for 5 has "$INBOX/new" 1
	run reeve status
	[[ $output == *'messages: 1 for the worker 1.1 is not read'* ]]
	[[ $(reeve show 1) == *'told, not delivered'* ]]
	echo >"$D/go"
	wait_for 20 grep -q exit "$D/2"
	[ "$(code 1)" = 'exit 2' ]
	grep -q '^1 message of reeve waits for you.* run reeve inbox (' "$D/1"
	[ "$(jq -r '.[0].summary' "$D/read")" = 'the server is staging-2 now' ]
	[ "$(cat "$D/reread")" = '[]' ]
	[ "$(cat "$D/2")" = 'exit 0' ]
	has "$INBOX/read" 1
	run reeve status
	[[ $output != *'messages:'* ]]
	[[ $(reeve show 1) != *'told, not delivered'* ]]
	is_phase 1 working
	reeve fsck --live
}

@test "DONE with a commit that cannot be taken: the reply is in the worker's inbox, and nothing moved (B-12)" {
	start_supervisor
	# as no tool of ours would: past the checks of `reeve done`
	new 'no commit' "printf '{\"reeve\":1,\"ticket\":\"1\",\"nonce\":\"%s\",\"kind\":\"DONE\",\"commit\":\"%040d\"}' \$REEVE_NONCE 7 >$REEVE_STATE/spool/new/mine.json
		reeve inbox --wait --peek >$D/peek; sh $D/say Stop 1; reeve inbox --json >$D/read; exec sleep infinity"
	wait_for 20 test -s "$D/read"
	wait_for 5 grep -q exit "$D/1"
	[ "$(jq -r '.[0] | "\(.event) \(.why) \(.rev)"' "$D/read")" = 'refused bad-artifact null' ]
	[ "$(code 1)" = 'exit 2' ]
	grep -q 'message of reeve waits' "$D/1"
	grep -q 'reeve done -m' "$D/1"
	wait_for 20 is_phase 1 working
}

@test "a draft in a pane, and an agent in its turn: whatever arrives, not a byte is typed (B-4 B-1 X-9)" {
	start_supervisor
	# it keeps every byte that its terminal gives it
	new 'typed into' "stty raw -echo; : >$D/typed; exec cat >>$D/typed" --notify boss
	wait_for 20 test -e "$D/typed"
	typed() { [ "$(cat "$D/typed")" = "$1" ]; }
	tmux -S "$SOCKET" send-keys -t '=reeve:1-typed-into' -l 'draft of a person'
	wait_for 10 typed 'draft of a person'
	reeve tell 1 'one'
	reeve tell 1 $'\e[201~two\r\n; rm -rf x'
	wait_for 5 has "$REEVE_STATE/tickets/1/episodes/1/inbox/new" 2
	new 'asks' 'reeve question -m "which?"; exec sleep infinity' --notify boss
	wait_for 20 has "$BOSS/new" 1
	reeve sync
	# what is typed last comes last
	tmux -S "$SOCKET" send-keys -t '=reeve:1-typed-into' -l .
	wait_for 10 typed 'draft of a person.'
}

@test "a worker puts a link, a file, a pipe where its inbox belongs: that keeps its own messages only, and leads nowhere (X-5 B-2)" {
	local way in=$REEVE_STATE/tickets/1/episodes/1/inbox out=$REEVE_STATE/tickets/2/episodes/1/inbox
	mkdir "$D/outside"
	start_supervisor
	new 'in the way' "ln -s ../../../2/episodes/1/inbox \${REEVE_BRIEF%/*}/inbox; : >$D/made; exec sleep infinity" --notify boss
	new 'works' 'exec sleep infinity' --notify boss
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 2 working
	wait_for 20 test -e "$D/made"
	[ -L "$in" ]
	reeve tell 2 'for the second'
	wait_for 5 has "$out/new" 1
	reeve tell 1 'for the first: link'
	for way in "ln -s / $in" "ln -s $D/outside $in" "touch $in" "mkfifo $in" "mkdir $in; ln -s $out/new $in/new" \
		"mkdir $in; mkfifo $in/read"; do
		freeze "$REEVED" # it makes one when it tries again
		rm -rf "$in"
		eval "$way"
		kill -CONT "$REEVED"
		reeve tell 1 "for the first: $way"
		reeve tell 2 "and the second"
	done
	wait_for 5 has "$out/new" 7
	[ -z "$(ls -A "$D/outside")" ]
	[ "$(grep -c 'ticket 1: the message tickets/1/episodes/1/inbox/new/1.*move it away' "$D/reeved.log")" = 1 ]
	# what it asks, it asks all the same
	reeve cancel 2
	wait_for 20 has "$BOSS/new" 1
	[ -z "$(find "$out" -name '1.*')" ]
	# and nothing of it is lost
	rm -rf "$in"
	wait_for 30 has "$in/new" 7
	[ "$(cat "$in"/new/*.json | jq -r .summary | grep -c 'for the first')" = 7 ]
	kill -0 "$REEVED"
	reeve fsck --live
}
