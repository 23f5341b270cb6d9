#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve hook: how an agent's turn stands, and what it is told when it ends one without a report.
bats_require_minimum_version 1.5.0
load world
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
	start_supervisor
	# stop NAME [KEYS]: the agent's Stop hook; its exit code and words in $D/NAME
	cat >"$D/stop" <<-EOF
		name=\$1; rc=0
		printf '{"hook_event_name":"Stop","session_id":"s-1","cwd":"%s"%s}' "\$PWD" "\${2:-}" | reeve hook >"$D/\$name" 2>&1 || rc=\$?
		echo "exit \$rc" >>"$D/\$name"
	EOF
	turn() { jq -r "$2" "$REEVE_STATE/tickets/$1/episodes/1/turn.json"; }
}
teardown() { world_down; }

@test "a turn that ends without a report: told once what it owes, with the command; a new prompt begins anew" {
	config '[defaults]' 'drain = 60s' # it goes on after its report
	new 'forgets' "sh $D/stop 1; sh $D/stop 2; sh $D/stop again ',\"stop_hook_active\":true'
		echo '{\"hook_event_name\":\"UserPromptSubmit\"}' | reeve hook; sh $D/stop busy ',\"background_tasks\":[{\"status\":\"running\"}]'; sh $D/stop 3
		echo x >x; git add x; git commit -qm x; reeve done -m x; sh $D/stop 4; exec sleep infinity"
	wait_for 20 test -s "$D/4"
	wait_for 5 grep -q exit "$D/4"
	grep -q "reeve done -m" "$D/1"
	[ "$(tail -n 1 "$D/1")" = 'exit 2' ]
	[ "$(grep -c '[<>&]' "$D/1")" = 0 ]
	for n in 2 again busy 4; do [ "$(cat "$D/$n")" = 'exit 0' ] || { cat "$D/$n" >&2; false; }; done
	[ "$(tail -n 1 "$D/3")" = 'exit 2' ]
	wait_for 20 is_phase 1 human-review
	[ "$(turn 1 .state)" = idle ]
	[ "$(turn 1 .session)" = s-1 ]
}

@test "a question is a report; no turn moves a ticket (E-42)" {
	new 'asks' "reeve question -m 'which?' --no-wait; sh $D/stop 1; exec sleep infinity"
	new 'looks busy' "for e in SessionStart UserPromptSubmit PermissionRequest Stop SessionEnd; do reeve hook --event \$e || :; done; : >$D/end; exec sleep infinity"
	wait_for 20 is_phase 1 asking
	wait_for 20 grep -q exit "$D/1"
	[ "$(cat "$D/1")" = 'exit 0' ]
	wait_for 20 test -e "$D/end"
	[ "$(turn 2 .state)" = over ]
	wait_for 20 is_phase 2 working
	[ "$(field 2 .rev)" = 3 ]
}

@test "a dialog in its window is shown as long as it is the last word of its hooks, and decides nothing (E-42)" {
	mkfifo "$D/go"
	new 'wants leave' "reeve hook --event PermissionRequest; read -r line <'$D/go'; reeve hook --event PreToolUse
		reeve hook --event PermissionRequest; exec sleep infinity"
	asks() { reeve ls | grep -q 'asks in its window since .*Z: reeve attach 1'; }
	wait_for 20 asks
	wait_for 20 is_phase 1 working
	run reeve status
	[ "$status" = 0 ]
	[[ $output == *'asks in its window'*'wants leave'*'reeve attach 1'* ]]
	reeve show 1 | grep -q 'asks in its window'
	[ "$(reeve ls --json | jq '.[0].blocker.needs_person')" = false ]
	[ "$(field 1 .rev)" = 3 ]
	jq -c '.state="busy"' "$REEVE_STATE/tickets/1/episodes/1/turn.json" >"$D/turn"
	cp "$D/turn" "$REEVE_STATE/tickets/1/episodes/1/turn.json"
	run ! asks
	echo >"$D/go"
	wait_for 20 asks
	# an episode that ends asks nothing, whatever its file says
	reeve park 1
	wait_for 20 is_phase 1 parked
	run ! asks
	[ "$(turn 1 .state)" = asking ]
}

@test "garbage, a huge input, another directory, and no worker: said at most, never in an agent's way (E-20)" {
	new 'hostile' "cd /; (echo garbage | reeve hook; echo \"1: \$?\"
		head -c 20000000 /dev/zero | reeve hook; echo \"2: \$?\"
		echo '{\"hook_event_name\":\"Stop\",\"cwd\":\"/\"}' | reeve hook; echo \"3: \$?\") >$D/out 2>&1; exec sleep infinity"
	wait_for 20 grep -q '^3:' "$D/out"
	for n in 1 2 3; do grep -q "^$n: 0" "$D/out"; done
	[ ! -e "$REEVE_STATE/tickets/1/episodes/1/turn.json" ]
	run reeve hook <<<'{"hook_event_name":"Stop"}'
	[ "$status" = 0 ]
	[ -z "$output" ]
}
