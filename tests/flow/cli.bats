#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The commands themselves: help, usage, exit codes, what is refused before anything is written; and the way
# of a command when no supervisor runs (PROTOCOLS P1).

bats_require_minimum_version 1.5.0
load world

setup() {
	world_up
}
teardown() {
	[ -z "$REEVED" ] || kill -CONT "$REEVED" 2>/dev/null || : # a stopped one would not end
	world_down
}

# What `reeve help` lists.
commands() {
	reeve help | awk '/^  [a-z]+ / { print $1 }'
}
spooled() {
	find "$REEVE_STATE/spool/new" "$REEVE_STATE/spool/done" "$REEVE_STATE/spool/refused" -name '*.json' | wc -l
}
# fails WANTED_STATUS PATTERN COMMAND...: the status, and a sentence
fails() {
	local want=$1 pattern=$2
	shift 2
	run "$@"
	[ "$status" = "$want" ] || { echo "status $status, not $want: $output"; return 1; }
	[[ $output == *"$pattern"* ]] || { echo "no \"$pattern\" in: $output"; return 1; }
}
# refused_names REASON
refused_with() {
	grep -l "^reason: $1\$" "$REEVE_STATE"/spool/refused/*.why
}

@test "every command has a help that names usage, exit codes and an example" {
	[ "$(commands | wc -l)" -ge 30 ]
	for c in $(commands); do
		reeve help "$c" >"$BATS_TEST_TMPDIR/a"
		reeve "$c" --help >"$BATS_TEST_TMPDIR/b"
		cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
		[[ $(head -n 1 "$BATS_TEST_TMPDIR/a") == "usage: reeve $c"* ]]
		grep -q '^Exit codes: ' "$BATS_TEST_TMPDIR/a"
		grep -q '^Example:' "$BATS_TEST_TMPDIR/a"
		[ -z "$(awk 'length > 100' "$BATS_TEST_TMPDIR/a")" ]
	done
}

@test "every command checks its own options: an unknown one is 2 and the usage (options are told in the help)" {
	for c in $(commands); do
		want=2
		[ "$c" != hook ] || want=1 # 2 tells an agent to go on with its turn
		run reeve "$c" --no-such-option
		[ "$status" = "$want" ] || { echo "$c: $status $output"; return 1; }
		[[ $output == *"usage: reeve $c"* ]] || { echo "$c: $output"; return 1; }
	done
	[ "$(spooled)" = 0 ]
}

@test "help, version and their exit codes" {
	reeve | grep -q '^usage: reeve COMMAND'
	cmp <(reeve) <(reeve --help)
	cmp <(reeve) <(reeve help)
	[[ $(reeve --version) == "reeve "[0-9]* ]]
	fails 2 'Did you mean park?' reeve prak
	fails 2 'Did you mean status?' reeve help stauts
	fails 2 '`reeve help` lists them' reeve xyzzy
	fails 2 'before the command' reeve --state x ls
	# X-10: what was typed is shown, not obeyed
	run reeve $'\e[31mred'
	[[ $output == *'\x1b[31mred'* ]]
}

@test "output that cannot be written is exit 74" {
	run bash -c 'reeve help >/dev/full'
	[ "$status" = 74 ]
	# a closed stdout is not the place where a file of the store goes
	run bash -c 'reeve new --park x >&-'
	[ "$(reeve fsck >/dev/null 2>&1; echo $?)" = 0 ]
}

@test "no state directory: exit 74 and the next command to type" {
	export REEVE_STATE=$BATS_TEST_TMPDIR/none
	for c in 'new x' 'park 1' ls status 'show 1' 'repo ls' 'discard x'; do
		# shellcheck disable=SC2086
		fails 74 'reeve init' reeve $c
	done
	[ ! -e "$REEVE_STATE" ]
}

@test "init: the repository we stand in, an agent, and a second time changes nothing" {
	grep -q "^state directory: $REEVE_STATE\$" "$BATS_TEST_TMPDIR/init.out"
	grep -q '^next: .*SHELL COMMANDS' "$BATS_TEST_TMPDIR/init.out"
	[ "$(reeve repo ls --json | jq -r '.[] | [.name, .base, .path] | join(" ")')" = "app main $REPO" ]
	cp "$REEVE_STATE/config" "$BATS_TEST_TMPDIR/before"
	(cd "$REPO/src" && reeve init) # below its top, too
	cmp "$REEVE_STATE/config" "$BATS_TEST_TMPDIR/before"
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	reeve init
	cmp "$REEVE_STATE/config" "$BATS_TEST_TMPDIR/before"
}

@test "init: an installed claude becomes the default, but not over somebody's choice" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/bin/claude"
	chmod +x "$BATS_TEST_TMPDIR/bin/claude"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	export REEVE_STATE=$BATS_TEST_TMPDIR/fresh
	[[ $(reeve init) == *'next: `reeve new "TITLE" -m "what to do"`'* ]]
	[ "$(git config -f "$REEVE_STATE/config" defaults.agent)" = claude ]
	[[ $(reeve agents claude | sed -n 's/^start = //p') == 'claude --session-id {session} '*' -- {prompt}' ]]
	git config -f "$REEVE_STATE/config" defaults.agent sh
	reeve init
	[ "$(git config -f "$REEVE_STATE/config" defaults.agent)" = sh ]
	[ "$(grep -c '^\[agent' "$REEVE_STATE/config")" = 0 ]
}

@test "repo: add, names that collide, rm leaves the rest byte by byte, X-36 what is no repository" {
	cp "$REEVE_STATE/config" "$BATS_TEST_TMPDIR/before"
	git init -q -b trunk "$BATS_TEST_TMPDIR/two/app"
	git -C "$BATS_TEST_TMPDIR/two/app" commit -q --allow-empty -m x
	fails 1 'choose another one with --name' reeve repo add "$BATS_TEST_TMPDIR/two/app"
	reeve repo add "$BATS_TEST_TMPDIR/two/app" --name app2
	reeve repo add "$BATS_TEST_TMPDIR/two/app" # there already
	fails 1 'as "app2"' reeve repo add "$BATS_TEST_TMPDIR/two/app" --name app3
	[ "$(reeve repo ls --json | jq -r '.[1].base')" = trunk ]
	reeve repo rm app2
	diff -B "$REEVE_STATE/config" "$BATS_TEST_TMPDIR/before"
	fails 1 'repo ls' reeve repo rm app2
	mkdir "$BATS_TEST_TMPDIR/empty"
	fails 1 empty reeve repo add "$BATS_TEST_TMPDIR/empty"
	fails 1 '' reeve repo add "$REPO" --base no-such-branch
	fails 2 usage reeve repo add "$REPO" --base -x
	fails 2 usage reeve repo
	id=$(reeve new --park x)
	fails 1 "not done: $id" reeve repo rm app
	reeve cancel "$id"
	reeve repo rm app
	[ "$(reeve repo ls --json | jq length)" = 0 ]
}

@test "E-1 A-16: without a supervisor a command is decided all the same, and its number is printed alone" {
	run --separate-stderr reeve new 'fix the login' -m 'do it' --park --priority 7
	[ "$status" = 0 ]
	[ "$output" = 1 ]
	[ "$stderr" = '' ]
	[ "$(phase 1)" = parked ]
	[ "$(reeve new two --park --after '#1' --json | jq -r '"\(.ticket) \(.rev) \(.branch)"')" = '2 1 reeve/2-two' ]
	[ "$(reeve unpark 1)" = '1: no longer parked (rev 2)' ]
	[ "$(reeve park 1 2>&1)" = '1: parked (rev 3)' ]
	[ "$(reeve edit 1 --title 'fix the logout' --review none)" = '1: changed (rev 4)' ]
	[ "$(field 1 .title)" = 'fix the logout' ]
	run reeve cancel 1 2
	[ "$status" = 0 ]
	[ "${lines[0]}" = '1: cancelled (rev 5)' ]
	[[ ${lines[1]} == '2: cancelled (rev '* ]]
	reeve fsck
}

@test "new: what is checked before anything is written" {
	local before
	before=$(spooled)
	fails 2 'title is empty' reeve new ' '
	fails 2 quotes reeve new fix the login
	fails 1 'one line' reeve new $'a\nb'
	fails 1 'no ticket 99' reeve new x --after 99
	fails 2 '3,4' reeve new x --after one
	fails 1 'no agent "nobody"' reeve new x --agent nobody
	fails 2 human reeve new x --review maybe
	fails 2 auto reeve new x --merge maybe
	fails 2 1000 reeve new x --priority 1001
	fails 2 2h reeve new x --until tomorrow
	fails 2 twice reeve new x -m a -m b
	fails 2 'two texts' reeve new x -m a -F b
	fails 1 b.txt reeve new x -F b.txt
	fails 1 UTF-8 reeve new x -m $'\xff'
	fails 1 '"nowhere"' reeve new x --repo nowhere
	cd "$HOME"
	fails 1 'reeve repo add PATH' reeve new x
	[ "$(spooled)" = "$before" ]
	[ "$(reeve new x --park --repo app)" = 1 ]
}

@test "new: C-21 the text arrives as it is, also from stdin; a program that is not there is a warning" {
	printf 'one\n\n  two\ttabs \n# goals\n' >"$BATS_TEST_TMPDIR/text"
	reeve new a --park -F "$BATS_TEST_TMPDIR/text"
	reeve new b --park -F - <"$BATS_TEST_TMPDIR/text"
	field 1 .description >"$BATS_TEST_TMPDIR/1" && field 2 .description >"$BATS_TEST_TMPDIR/2"
	(cat "$BATS_TEST_TMPDIR/text"; echo) | cmp - "$BATS_TEST_TMPDIR/1"
	cmp "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
	config '[agent.ghost]' 'start = no-such-program-at-all {prompt}'
	run --separate-stderr reeve new c --park --agent ghost
	[ "$status" = 0 ]
	[ "$output" = 3 ]
	[[ $stderr == *no-such-program-at-all* ]]
}

@test "E-27: a command that expects another revision is refused, kept, shown and discarded" {
	reeve new x --park
	fails 1 conflict reeve unpark 1 --expect 7
	[ "$(phase 1)" = parked ]
	reeve unpark 1 --expect 1
	fails 2 'one ticket' reeve park 1 1 --expect 2
	fails 1 'answer is for tickets that are: asking' reeve answer 1 hello
	[[ $output == *'1 is ready now'* ]]
	# who asked was told, and there is nothing left to see
	[ -z "$(ls "$REEVE_STATE/spool/refused")" ]
	# B-9: nobody was told of these; they lie there with their reasons until somebody has seen them
	reeve unpark 1 --expect 7 --no-wait
	reeve answer 1 hello --no-wait
	reeve sync
	[ "$(find "$REEVE_STATE/spool/refused" -name '*.json' | wc -l)" = 2 ]
	name=$(basename "$(refused_with conflict)" .why)
	fails 2 'no name' reeve discard ../LOCK
	fails 1 'nothing refused' reeve discard nothing
	reeve discard "$name"
	[ ! -e "$REEVE_STATE/spool/refused/$name.json" ]
	[ ! -e "$REEVE_STATE/spool/refused/$name.why" ]
	reeve discard "$(basename "$(refused_with illegal)" .why).json"
	[ -z "$(ls "$REEVE_STATE/spool/refused")" ]
}

@test "several ids: one that is not there does not save the others" {
	reeve new a --park
	reeve new b --park
	fails 1 'no ticket 9' reeve unpark 9 1 2
	[ "$(phase 1) $(phase 2)" = 'ready ready' ]
	fails 2 'no number' reeve park x
	fails 2 usage reeve park
	fails 2 'say why' reeve reopen 1
	fails 2 'what is wrong' reeve fail 1
	fails 2 'nothing to change' reeve edit 1
}

@test "--no-wait is durable and decides nothing; a stopped decision is exit 75" {
	run reeve new later --no-wait --park
	[ "$status" = 0 ]
	[[ $output == durable\ * ]]
	[ "$(find "$REEVE_STATE/spool/new" -name '*.json' | wc -l)" = 1 ]
	[ "$(reeve new now --park)" = 2 ] # decides both, in their order
	[ "$(field 1 .title)" = later ]
	chmod 500 "$REEVE_STATE/tickets"
	if [ "$(id -u)" != 0 ]; then
		fails 75 'not yet decided' reeve new stuck --park
	fi
	chmod 700 "$REEVE_STATE/tickets"
}

@test "D-26: inside a worker the operator's commands are refused, and nothing is written" {
	export REEVE_EPISODE=1.1
	for c in init 'repo ls' 'new x' 'edit 1' 'park 1' 'unpark 1' 'retry 1' 'cancel 1' 'reopen 1' 'answer 1 x' \
		'merge 1' 'discard x' up down halt resume; do
		# shellcheck disable=SC2086
		fails 1 'inside a worker' reeve $c
		[[ $output == *'done, review, question and note'* ]]
	done
	[ "$(spooled)" = 0 ]
	reeve ls
	reeve help new
}

@test "outside of a worker a report is exit 3, says what to do, and writes nothing" {
	for c in 'done' review 'question x' 'note x'; do
		# shellcheck disable=SC2086
		fails 3 'no worker is speaking' reeve $c
	done
	fails 2 'text is missing' reeve question
	fails 2 'which ticket' reeve pass
	fails 3 nonce env REEVE_TICKET=1 REEVE_NONCE=abc reeve 'done'
	fails 3 '"x"' env REEVE_TICKET=x reeve 'done'
	[ "$(spooled)" = 0 ]
}

@test "X-31 B-12 E-38: a report of a nonce that is none of the ticket's is kept as evidence and not accepted" {
	export REEVE_TICKET=1 REEVE_EPISODE=1.1
	REEVE_NONCE=$(printf 'ab%.0s' {1..32})
	export REEVE_NONCE
	(unset REEVE_EPISODE && reeve new x --park)
	echo change >>README
	touch 'new file'
	fails 1 'README, new file' reeve 'done' -m 'made it'
	[ "$(find "$REEVE_STATE/spool/new" -name '*.json' | wc -l)" = 0 ]
	git add -A && git commit -qm change
	fails 1 'names no commit' reeve 'done' --commit HEAD~9
	fails 3 'NOT accepted: unauthenticated' reeve 'done' -m 'made it'
	f=$(find "$REEVE_STATE/spool/new" -name '*.1.1.*.json')
	[ "$(jq -r .commit "$f")" = "$(git rev-parse HEAD)" ]
	echo more >>README
	fails 3 'NOT accepted' env GIT_DIR=/nonexistent GIT_INDEX_FILE=x reeve review --wip -F - </dev/null
	fails 3 'NOT accepted' bash -c 'printf "%s\n" "$REEVE_NONCE" | reeve note hello --ticket 1 --nonce-file -'
	fails 3 'NOT accepted: unknown-ticket' env REEVE_TICKET=77 REEVE_EPISODE= reeve note hello
	fails 2 "not this worker's" reeve pass 2
	(unset REEVE_EPISODE && reeve new y --park)
	[ "$(find "$REEVE_STATE/spool/refused" -name '*.json' | wc -l)" = 4 ]
	[ "$(phase 1)" = parked ]
}

@test "a supervisor that runs decides, and the command waits for it" {
	start_supervisor
	[ "$(reeve new x --park)" = 1 ]
	[ "$(reeve unpark 1 --expect 1)" = '1: no longer parked (rev 2)' ]
	stop_supervisor
}

@test "X-20: a command waits while the supervisor is stopped, and goes on alone when it dies" {
	start_supervisor
	freeze "$REEVED"
	reeve new x --park >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	waits=$!
	wait_for 10 bash -c "[ \"\$(find '$REEVE_STATE/spool/new' -name '*.json' | wc -l)\" = 1 ]"
	kill -0 "$waits"
	stop_supervisor -KILL
	wait "$waits"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = 1 ]
}

@test "ctrl-C ends the wait, not the command: durable, exit 75" {
	start_supervisor
	freeze "$REEVED"
	set -m # a background process of its own group takes SIGINT
	reeve new x --park >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	waits=$!
	set +m
	wait_for 10 bash -c "[ \"\$(find '$REEVE_STATE/spool/new' -name '*.json' | wc -l)\" = 1 ]"
	wait_for 10 grep -q '^SigCgt:.*[2367abef]$' "/proc/$waits/status"
	kill -INT "$waits"
	rc=0
	wait "$waits" || rc=$?
	[ "$rc" = 75 ]
	grep -q 'durable, not yet decided' "$BATS_TEST_TMPDIR/out"
	kill -CONT "$REEVED"
	wait_for 10 reeve show 1
	stop_supervisor
}

# say NAME COMMAND...: what it printed and its exit code, from inside a worker
say() {
	# shellcheck disable=SC2016
	printf '{ %s; echo "= $?"; } >"%s/said.%s" 2>&1; ' "$2" "$BATS_TEST_TMPDIR" "$1"
}
said() {
	grep -q "$2" "$BATS_TEST_TMPDIR/said.$1" || { cat "$BATS_TEST_TMPDIR/said.$1"; return 1; }
}

@test "a worker's own reports: durable, then applied; said again it is no failure" {
	config '[defaults]' 'drain = 60s' # it goes on after its report
	new 'make a' "$(
		say dirty 'echo x >a.txt; reeve done'
		say note 'env -i PATH="$PATH" reeve note "half of it"'
		say role 'reeve pass -m "I like it"'
		say operator 'reeve cancel 1'
		say commit 'git add . && git commit -qm a'
		say end 'reeve done -m "made a" --no-wait=1; reeve done -m "made a"'
		say again 'reeve done -m "made a"'
		say other 'git commit -q --allow-empty -m b; reeve review -m "look"'
	)"
	start_supervisor
	wait_for 20 test -s "$BATS_TEST_TMPDIR/said.other"
	wait_for 20 grep -q '^= ' "$BATS_TEST_TMPDIR/said.other"
	# B-12: no report without the commit
	said dirty 'not committed: a.txt'
	said dirty '^= 1'
	# D-36: an agent that scrubs the environment of its tools is still the same worker
	said note '^durable '
	said note '^applied: 1 is working'
	said note '^= 0'
	said role 'NOT accepted: wrong-role'
	said role '^= 3'
	said operator 'inside a worker'
	said operator '^= 1'
	said end 'takes no value'
	said end '^durable '
	said end '^applied: 1 is \(delivered\|human-review\)'
	said end '^= 0'
	said again '^already reported: 1 is'
	said again '^= 0'
	said other 'NOT accepted: after-terminal'
	said other '^= 3'
	wait_for 20 is_phase 1 human-review
	# X-31: the nonce stands in the spool only, and never in a ticket or a refusal's reason
	nonce=$(cat "$REEVE_STATE"/spool/done/*.1.1.*.json | jq -r 'select(.nonce) | .nonce' | head -n 1)
	[ "${#nonce}" = 64 ]
	run ! grep -rqF "$nonce" "$REEVE_STATE/tickets" "$REEVE_STATE/events.jsonl" "$REEVE_STATE"/spool/refused/*.why
	# the person's verdict is about the commit that is pinned
	fails 1 wrong-commit reeve pass 1 --commit "$(git rev-parse main)"
	[[ $(reeve pass 1) == '1: passed (rev '*')' ]]
	wait_for 20 is_phase 1 'done'
	stop_supervisor
}

@test "a refused new or unpark: the true reason, and nothing is left for anybody to discard" {
	reeve new one --park
	reeve new two
	run reeve unpark 2
	[ "$status" = 1 ]
	[[ $output == *'it is not parked'* ]]
	[[ $output != *'is for tickets that are'* ]]
	run reeve pass 2
	[[ $output == *'is for tickets that are: '* ]]
	# what to do, and not only that it cannot be
	run -1 reeve prune 2
	[[ $output == 'reeve: refused: 2 is ready now (rev 1), and prune is for tickets that are: done, cancelled'* ]]
	[[ $output == *'`reeve cancel 2` first'* ]]
	# of what was typed, and not of the keys that it becomes
	long=$(printf 'x%.0s' {1..600})
	run -1 reeve new "$long"
	[ "$output" = 'reeve: the title has 600 bytes; it can have 500' ]
	run -1 reeve new $'two\nlines'
	[ "$output" = 'reeve: the title must be one line; the rest goes into the text' ]
	run -1 reeve new t --mission a/b
	[[ $output == 'reeve: --mission must be a name: '* ]]
	run -1 reeve edit 2 --base -x
	[[ $output == 'reeve: --base must be the name of a branch'* ]]
	# what is set aside is nothing that could be done
	mv "$REEVE_STATE/tickets/1/ticket" "$BATS_TEST_TMPDIR/ticket"
	echo damaged >"$REEVE_STATE/tickets/1/ticket"
	chmod 600 "$REEVE_STATE/tickets/1/ticket"
	start_supervisor
	run reeve new three --after 1
	[ "$status" = 1 ]
	[[ $output == *refused* ]]
	mv "$BATS_TEST_TMPDIR/ticket" "$REEVE_STATE/tickets/1/ticket"
	[ -z "$(ls "$REEVE_STATE/spool/refused")" ]
	run reeve status
	[[ $output != *'refused signals'* ]]
}
