#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Messages: who is named by a ticket hears of it, once, whatever it was doing meanwhile.
load world
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
	BOSS=$REEVE_STATE/inbox/boss
}
teardown() { world_down; }

# count DIRECTORY
count() { find "$1" -type f -name '*.json' 2>/dev/null | wc -l; }
has() { [ "$(count "$1")" = "$2" ]; }
events() { reeve inbox boss --peek --json | jq -r 'map(.event) | join(" ")'; }

@test "a question, a verdict and the end arrive while nobody reads, each once; reading is the receipt (B-1 B-7)" {
	start_supervisor
	new 'asks' 'case $REEVE_EPISODE in *.1) reeve question -m "red or blue?"; exec sleep infinity;; *) echo x >x; git add x; git commit -qm x; reeve done -m x;; esac' --notify boss
	wait_for 20 has "$BOSS/new" 1
	[ "$(events)" = question ]
	[ "$(reeve inbox boss --peek --json | jq -r '.[0] | "\(.to) \(.ticket) \(.phase) \(.summary)"')" = 'boss 1 asking red or blue?' ]
	run reeve status
	[[ $output == *'messages: 1 for boss is not read'* ]]
	reeve answer 1 -m blue
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	wait_for 5 has "$BOSS/new" 3
	[ "$(events)" = 'question review done' ]
	stop_supervisor
	start_supervisor
	reeve sync
	[ "$(events)" = 'question review done' ]
	run reeve inbox boss
	[ "$status" = 0 ]
	[[ $output == *'red or blue?'* ]]
	[[ $output == *'reeve review 1; then reeve pass 1'* ]]
	has "$BOSS/new" 0
	has "$BOSS/read" 3
	[ "$(reeve inbox boss --json)" = '[]' ]
	reeve fsck
}

@test "a supervisor that was not there, or was killed, and an inbox that cannot be written: nothing is lost (B-3)" {
	: >"$BOSS"
	start_supervisor
	new 'in the way' "$(work a.txt)" --notify boss
	wait_for 20 is_phase 1 human-review
	stop_supervisor -KILL
	reeve pass 1 --no-wait
	rm "$BOSS"
	start_supervisor
	wait_for 20 is_phase 1 done
	wait_for 20 has "$BOSS/new" 2
	[ "$(events)" = 'review done' ]
	# no supervisor at all: the command that decides delivers
	stop_supervisor
	reeve new 'never begun' --notify boss >"$D/id"
	reeve cancel "$(cat "$D/id")"
	[ "$(events)" = 'review done cancelled' ]
}

@test "inbox --wait sleeps until something comes; what is not printed is not read; a reader that is killed loses nothing" {
	start_supervisor
	reeve inbox boss --wait --json >"$D/out" 3>&- &
	reader=$!
	new 'asks' 'reeve question -m "which?"; exec sleep infinity' --notify boss
	wait "$reader"
	[ "$(jq -r '.[0].event' "$D/out")" = question ]
	has "$BOSS/new" 0
	run reeve inbox boss --timeout 100ms
	[ "$status" = 75 ]
	new 'asks, too' 'reeve question -m "which?"; exec sleep infinity' --notify boss
	wait_for 20 has "$BOSS/new" 1
	reeve inbox boss >/dev/full 2>"$D/err" || status=$?
	[ "$status" = 74 ]
	has "$BOSS/new" 1
	name=$(reeve inbox boss --peek --json | jq -r '.[0].name')
	reeve inbox boss --read "$name" >"$D/out"
	has "$BOSS/new" 0
	run reeve inbox boss --read ../../ticket
	[ "$status" = 2 ]
}

@test "who makes a ticket is told: REEVE_INBOX, [defaults] notify, reeve mcp --inbox, and nobody unasked" {
	export REEVE_INBOX=boss
	reeve new 'by the environment' --park
	[ "$(sed -n 's/^Notify: //p' "$REEVE_STATE/tickets/1/ticket")" = boss ]
	reeve new 'nobody' --park --notify ''
	run grep -c '^Notify' "$REEVE_STATE/tickets/2/ticket"
	[ "$output" = 0 ]
	unset REEVE_INBOX
	reeve new 'a person' --park
	run grep -c '^Notify' "$REEVE_STATE/tickets/3/ticket"
	[ "$output" = 0 ]
	config '[defaults]' 'notify = ann'
	reeve new 'as configured' --park
	[ "$(sed -n 's/^Notify: //p' "$REEVE_STATE/tickets/4/ticket")" = ann ]
	call() { printf '%s\n' "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"$1\",\"arguments\":$2}}" | reeve mcp --inbox boss | jq -r '.result.content[0].text'; }
	call new_ticket '{"title":"by a tool","park":true}' >"$D/out"
	[ "$(sed -n 's/^Notify: //p' "$REEVE_STATE/tickets/5/ticket")" = boss ]
	reeve cancel 5
	# it stays unread until it is named
	name=$(call inbox '{}' | jq -r '.[0].name')
	[ "$(call inbox '{}' | jq -r '.[0].event')" = cancelled ]
	[ "$(call inbox "{\"read\":\"$name\"}")" = '[]' ]
	has "$BOSS/read" 1
	REEVE_INBOX=../up run reeve new 'odd' --park
	[ "$status" = 2 ]
}

@test "a message that nobody reads is told of, and needs somebody once it is old; nothing is dropped (B-8)" {
	config '[defaults]' 'remind = 24h'
	reeve new 'never read' --park --notify boss
	reeve cancel 1
	run reeve status
	[ "$status" = 0 ]
	[[ $output == *'messages: 1 for boss is not read'* ]]
	config '[defaults]' 'remind = 1ms'
	run reeve status
	[ "$status" = 1 ]
	[ "$(reeve status --json | jq -c '.unread | map([.to, .worker, .unread])')" = '[["boss",false,1]]' ]
	[[ $output != *'nothing waits'* ]]
	reeve inbox boss >/dev/null
	run reeve status
	[ "$status" = 0 ]
	[[ $output == *'nothing waits for a person; no ticket is open'* ]]
	[ "$(reeve status --line)" = 'reeve: no supervisor, 0 wait for a person, 0 at work' ]
	[[ $(reeve ls 2>&1) == *'no ticket is open; `reeve ls --all`'* && -z $(reeve ls 2>/dev/null) ]]
}

@test "what has not moved for its interval is told of again, and is moved by nothing (E-14 D-19)" {
	config '[defaults]' 'remind = 1s'
	start_supervisor
	new asks 'reeve question which; exit 0' --notify boss
	wait_for 20 is_phase 1 asking
	before=$(field 1 '[.phase, .episode, .question]')
	reminders() { field 1 '[.history[] | select(.event == "reminded")] | length'; }
	twice() { [ "$(reminders)" -ge 2 ]; }
	wait_for 20 twice
	[ "$(field 1 '[.phase, .episode, .question]')" = "$before" ]
	[ "$(field 1 '.history | map(select(.event == "reminded") | .at) | length == (unique | length)')" = true ]
	reeve inbox boss --json | jq -e 'map(.event) | (index("question") != null) and (index("reminder") != null)'
	config '[defaults]' 'remind = 24h'
	reeve sync
	n=$(reminders)
	reeve tell 1 'and more words'
	[ "$(reminders)" = "$n" ]
	run -0 reeve fsck
}
