#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve mcp: reports, refusals and tickets through the tools of an MCP client.
load world
setup() {
	world_up
	D=$BATS_TEST_TMPDIR
	# usage: mcp.sh OUT [OPTION...]   one call, read from stdin as {"name":..,"arguments":..}; what the tool says is appended to OUT
	cat >"$D/mcp.sh" <<-'EOF'
		out=$1; shift
		call=$(cat)
		printf '%s\n' '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}' \
			'{"jsonrpc":"2.0","method":"notifications/initialized"}' \
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":$call}" |
			reeve mcp "$@" | jq -r 'select(.id == 1) | if .error then .error.message else .result.content[0].text end' >>"$out"
	EOF
}
teardown() { world_down; }

# call NAME ARGUMENTS: as somebody who is no worker
call() {
	printf '{"name":"%s","arguments":%s}' "$1" "$2" | sh "$D/mcp.sh" "$D/out"
	cat "$D/out"
	: >"$D/out"
}

# says N: the lines that the server prints for the lines on stdin, in their order by id
serve() {
	reeve mcp "$@" | jq -cs 'sort_by(.id | tostring)[]'
}

@test "DONE, a question and a verdict by tool calls; what is answered is on disk" {
	echo '{"name":"report_verdict","arguments":{"verdict":"pass","feedback":"good"}}' >"$D/pass"
	git config -f "$REEVE_STATE/config" agent.sh.reviewer "sh -c 'sh $D/mcp.sh $D/verdict <$D/pass'"
	start_supervisor
	new 'by tools' "case \$REEVE_EPISODE in
		*.1) echo '{\"name\":\"ask_question\",\"arguments\":{\"question\":\"red or blue?\"}}' | sh $D/mcp.sh $D/asked; exec sleep infinity;;
		*) echo x >x; git add x; git commit -qm x
		echo '{\"name\":\"report_done\",\"arguments\":{\"summary\":\"it is \\\\\"done\\\\\"\"}}' | sh $D/mcp.sh $D/done;; esac" --review agent
	wait_for 20 is_phase 1 asking
	wait_for 5 grep -q '^Recorded' "$D/asked"
	reeve answer 1 -m blue
	wait_for 20 is_phase 1 done
	grep -q '^Recorded' "$D/done"
	grep -q '^durable' "$D/done"
	grep -q '^Recorded' "$D/verdict"
	grep -q 'it is "done"' "$REEVE_STATE/tickets/1/ticket"
}

@test "a forged report is answered NOT recorded, a repeated one "already", each with the reason (E-18 E-20)" {
	config '[defaults]' 'drain = 60s' # it goes on after its report
	start_supervisor
	new 'forged' "printf '%064d\n' 7 >$D/forged; cp /dev/null $D/none; echo x >x; git add x; git commit -qm x
		done='{\"name\":\"report_done\",\"arguments\":{\"summary\":\"x\"}}'
		echo \"\$done\" | env -u REEVE_NONCE sh $D/mcp.sh $D/1 --nonce-file $D/forged
		echo \"\$done\" | sh $D/mcp.sh $D/2
		echo \"\$done\" | sh $D/mcp.sh $D/3
		echo '{\"name\":\"report_verdict\",\"arguments\":{\"verdict\":\"pass\",\"feedback\":\"x\"}}' | sh $D/mcp.sh $D/4; : >$D/end; exec sleep infinity" --review human
	wait_for 20 test -e "$D/end"
	grep -q '^NOT recorded' "$D/1"
	grep -q '^Recorded' "$D/2"
	grep -q 'already reported' "$D/3"
	grep -q 'no tool "report_verdict"' "$D/4"
	wait_for 20 is_phase 1 human-review
}

@test "an orchestrator makes, lists and looks at tickets; a text is never an option (X-7)" {
	[[ $(call new_ticket '{"title":"--park","text":"-m","park":true,"mission":"m"}') == *'"ticket":1'* ]]
	[[ $(call new_ticket '{"title":"second","after":[1],"park":true}') == *'"ticket":2'* ]]
	run call new_ticket '{"title":"third","after":[9],"park":true}'
	[[ $output == *'there is no ticket 9'* ]] || { echo "$output" >&2; false; }
	[ "$(field 1 .title)" = --park ]
	[ "$(call list_tickets '{"mission":"m"}' | jq -r '.[].id // .[].ticket')" = 1 ]
	[ "$(call ticket '{"id":2}' | jq -r .phase)" = parked ]
	[[ $(call ticket '{"id":77}') == *'no ticket 77'* ]]
	[[ $(call report_done '{"summary":"x"}') == *'no tool "report_done"'* ]]
}

@test "what is no message is answered and passed over: garbage, half a line, a huge one, noise (E-20 X-6)" {
	run serve <<-'EOF'
		{"jsonrpc":"2.0","id":"server-discover-probe-1","method":"server/discover","params":{}}
		garbage
		[]

		{"jsonrpc":"2.0","id":1,"method":"ping"}
		{"jsonrpc":"2.0","id":2,"result":{}}
		{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}
		{"jsonrpc":"2.0","method":"notifications/unknown"}
		{"jsonrpc":"2.0","id":3,"method":"initialize","params":{"protocolVersion":"2099-01-01"}}
		{"jsonrpc":"2.0","id":4,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}
	EOF
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 6 ]
	[ "$(jq -r 'select(.id == "server-discover-probe-1").error.code' <<<"$output")" = -32601 ]
	[ "$(jq -c 'select(.id == 1).result' <<<"$output")" = '{}' ]
	[ "$(jq -r 'select(.id == 3).result.protocolVersion' <<<"$output")" = 2025-11-25 ]
	[ "$(jq -r 'select(.id == 4).result.protocolVersion' <<<"$output")" = 2025-06-18 ]
	# five million bytes in one line, then a message in two halves without a newline at its end
	run serve < <(
		head -c 5000000 /dev/zero | tr '\0' x
		echo
		printf '{"jsonrpc":"2.0",'
		printf '"id":8,"method":"ping"}\n{"jsonrpc":"2.0","id":9,"method":"ping"}'
	)
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 2 ]
	[[ $output == *'more than 4194304 bytes'* ]]
	[[ $output == *'"id":8'* ]]
}

@test "twenty calls at once are all answered; a client that goes away loses no report (E-20)" {
	for ((i = 0; i < 20; i++)); do
		echo "{\"jsonrpc\":\"2.0\",\"id\":$i,\"method\":\"tools/call\",\"params\":{\"name\":\"list_tickets\",\"arguments\":{}}}"
	done >"$D/many"
	run serve <"$D/many"
	[ "${#lines[@]}" = 20 ]
	start_supervisor
	new 'goes away' "echo x >x; git add x; git commit -qm x
		echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"report_done\",\"arguments\":{\"summary\":\"x\"}}}' | reeve mcp >&-; exec sleep infinity"
	wait_for 20 is_phase 1 human-review
}

@test "a client that closes its end while it waits for tickets is not kept; killed in the middle, a report is whole or not there (E-20)" {
	new 'parked' true --park
	mkfifo "$D/in"
	reeve mcp <"$D/in" >"$D/answers" 3>&- &
	pid=$!
	exec 5>"$D/in"
	printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait","arguments":{"ids":[1]}}}' \
		'{"jsonrpc":"2.0","id":2,"method":"ping"}' >&5
	wait_for 5 grep -q '"id":2' "$D/answers"
	has_child() { [ -n "$(pgrep -P "$pid")" ]; }
	wait_for 5 has_child
	child=$(pgrep -P "$pid")
	start=$SECONDS
	exec 5>&-
	wait "$pid"
	[ $((SECONDS - start)) -lt 40 ] # the tool sleeps for 45
	wait_for 20 test ! -e "/proc/$child"
	start_supervisor
	new 'reports' "echo x >x; git add x; git commit -qm x
		for i in 1 2 3 4 5 6; do
			mkfifo $D/p\$i; reeve mcp <$D/p\$i >/dev/null & exec 6>$D/p\$i
			echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"note\",\"arguments\":{\"text\":\"n\"}}}' >&6; kill -KILL \$!; exec 6>&-
		done; reeve done -m x; exec sleep infinity"
	wait_for 20 is_phase 2 human-review
	[ -z "$(find "$REEVE_STATE/spool/refused" -name '*.json')" ]
	[ "$(field 2 '[.history[] | select(.event == "DONE")] | length')" = 1 ]
	reeve fsck
}
