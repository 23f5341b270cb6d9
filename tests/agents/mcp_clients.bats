#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve mcp under the official SDK's client and the inspector.
load ../flow/world
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
	CLIENT="node $BATS_TEST_DIRNAME/mcp_client.mjs"
	export AGENTS_BIN
}
teardown() { world_down; }

# all is well in the results of these
well() {
	local name
	for name in "$@"; do
		wait_for 60 grep -qs '^all is well\|^not ok' "$D/$name"
		[ "$(tail -n 1 "$D/$name")" = 'all is well' ] || { cat "$D/$name" >&2; return 1; }
	done
}

# The inspector gives its server few variables.
inspect() {
	"$AGENTS_BIN/mcp-inspector" --cli -e "REEVE_STATE=$REEVE_STATE" -e "PATH=$PATH" reeve mcp "$@" 2>&1
}

@test "SDK: an author's tools, an orchestrator's, what every client sends (E-20 X-7)" {
	config '[agent.sdk]' "start = sh -c 'git commit -q --allow-empty -m work && exec $CLIENT author $D/author'"
	start_supervisor
	reeve new 'author' --agent sdk
	well author
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 '[.history[] | select(.event == "NOTE")] | length')" = 1 ]
	$CLIENT operator "$D/operator"
	$CLIENT wire "$D/wire"
	well operator wire
	[ "$(field 2 .priority)" = 7 ]
	is_phase 2 parked
	[ -z "$(ls "$REEVE_STATE/spool/new")" ]
	stop_supervisor
	reeve fsck
}

@test "SDK, both versions of the protocol: a question, its answer, a verdict (A-14 B-7)" {
	config '[agent.sdk]' "reviewer = $CLIENT reviewer $D/reviewer" \
		"start = sh -c 'git commit -q --allow-empty -m work && COMMIT=\$(git rev-parse HEAD) exec $CLIENT asker $D/asker-{episode}'"
	start_supervisor
	reeve new 'asker' --agent sdk --review agent
	wait_for 60 is_phase 1 asking
	well asker-1.1
	reeve answer 1 -m blue
	wait_for 60 is_phase 1 done
	well asker-1.2 reviewer
}

@test "the inspector lists the tools and calls one (E-20)" {
	inspect --method tools/list >"$D/list"
	[ "$(jq -r '.tools | map(.name) | sort | join(" ")' "$D/list")" = 'inbox list_tickets new_ticket ticket wait' ]
	inspect --method tools/call --tool-name new_ticket --tool-arg title=inspected --tool-arg park=true >"$D/new"
	[ "$(jq -r '.content[0].text | fromjson.ticket' "$D/new")" = 1 ]
	[ "$(field 1 .title)" = inspected ]
	run inspect --method tools/call --tool-name ticket --tool-arg id=7
	[[ $output == *'no ticket 7'* ]] || { echo "$output" >&2; false; }
}
