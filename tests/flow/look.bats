#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What the looking commands show, of a state directory without a supervisor: true, complete, and harmless
# whatever was written into it.
bats_require_minimum_version 1.5.0
load world

setup() {
	world_up
}

teardown() {
	world_down
}

# drop NAME: a file for the spool, as any program may leave one there
drop() {
	cat >"$REEVE_STATE/spool/tmp/$1"
	mv "$REEVE_STATE/spool/tmp/$1" "$REEVE_STATE/spool/new/$1.json"
}

# inert TEXT: nothing in it that a terminal obeys (ESC, C1, DEL, bidi) but line ends
inert() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' <<<"$1"
}

@test "an empty store: nothing waits, exit 0" {
	run -0 reeve status
	run -0 reeve ls
	[ "$output" = '' ]
	[ "$(reeve ls --json)" = '[]' ]
	run -0 reeve fsck
	[ "$output" = clean ]
}

@test "hostile titles and texts: every command prints them inert, JSON has them exactly (X-10 X-8)" {
	title=$'#(touch pwn) $(touch pwn) `touch pwn` \e]0;owned\a \e[2J \xc2\x9b31m \xe2\x80\xae live \x7f'
	id=$(reeve new "$title" -m $'first\e[31m\n\e]52;c;cHdu\a\nlast')
	for c in "ls" "ls --json" "show $id" "show $id --json" "status" "status --json" "log $id"; do
		run reeve $c
		[ "$status" -le 1 ]
		inert "$output"
	done
	[ "$(reeve show "$id" --json | jq -r .title)" = "$title" ]
	[ "$(reeve ls --json | jq -r '.[0].title')" = "$title" ]
	run -0 reeve ls
	[[ $output == *'\x1b[2J'* ]]
	[[ $output == *'\u202e'* ]]
	[ -z "$(find "$BATS_TEST_TMPDIR" -name pwn)" ]
}

@test "a title of 500 bytes is cut on a terminal of 80 columns, and whole in a pipe (X-10)" {
	title=$(printf 'x%.0s' {1..500})
	reeve new "$title" -m x
	run -0 reeve ls
	[[ $output == *"$title"* ]]
	run -0 script -qec 'stty cols 80; reeve ls' /dev/null
	[[ $output != *"$title"* ]]
	[[ $output == *...* ]]
	while read -r line; do
		line=$(sed $'s/\e\\[[0-9;]*m//g; s/\r//' <<<"$line")
		[ "${#line}" -le 80 ]
	done <<<"$output"
}

@test "colours only on a terminal that wants them" {
	reeve new one -m x
	run -0 script -qec 'reeve ls' /dev/null
	[[ $output == *$'\e['* ]] || [ "${TERM:-dumb}" = dumb ]
	run -0 env TERM=xterm script -qec 'NO_COLOR=1 reeve ls' /dev/null
	[[ $output != *$'\e['* ]]
	run -0 env TERM=dumb script -qec 'reeve ls' /dev/null
	[[ $output != *$'\e['* ]]
}

@test "no supervisor is the true blocker, and the kill switch another (D-14 C-15)" {
	reeve new one -m x
	run -1 reeve status
	[[ $output == *'not running'*'reeve up -d'* ]]
	[[ $(field 1 .blocker.text) == *'no supervisor'* ]]
	touch "$REEVE_STATE/control/kill"
	[[ $(field 1 .blocker.text) == *'kill switch'* ]]
	[ "$(reeve status --json | jq .kill)" = true ]
	reeve resume
	[ ! -e "$REEVE_STATE/control/kill" ]
	[[ $(field 1 .blocker.text) == *'no supervisor'* ]]
}

@test "halt leaves its reason, shown and inert (C-13 X-10)" {
	reeve halt -m $'disk \e[2J full'
	[ -e "$REEVE_STATE/control/kill" ]
	[ ! -e "$REEVE_STATE/control/stop" ]
	run -0 reeve status
	[[ $output == *'disk \x1b[2J full'* ]]
	reeve halt --stop
	[ -e "$REEVE_STATE/control/stop" ]
	reeve resume
	[ ! -e "$REEVE_STATE/control/kill" ]
	[ ! -e "$REEVE_STATE/control/stop" ]
}

@test "a refused signal waits for a person until it is discarded (E-18 X-6)" {
	reeve new one -m x --park
	run -0 reeve status
	printf 'no json \033[2J' | drop bad
	reeve sync
	run -1 reeve status
	[[ $output == *malformed* ]]
	[[ $output == *'bad'* ]]
	inert "$output"
	[ "$(reeve status --json | jq -r '.refused[0].reason')" = malformed ]
	reeve discard bad.json
	run -0 reeve status
}

@test "a report with an unknown nonce is shown at its ticket (X-7 E-17)" {
	reeve new one -m x --park
	printf '{"ticket":"1","kind":"DONE","nonce":"%064d","summary":"x"}' 7 | drop lie
	reeve sync
	run -0 reeve show 1
	[[ $output == *unauthenticated* ]]
	[ "$(field 1 '.refused | length')" = 1 ]
}

@test "a ticket that cannot be read is named, and the others are shown (X-14 X-25 I-10)" {
	reeve new one -m x --park
	reeve new two -m x --park
	sed -i 's/^Phase: .*/Phase: done/' "$REEVE_STATE/tickets/1/ticket"
	run -74 reeve ls
	[[ $output == *two* ]]
	[[ $output == *'ticket 1 cannot be read'* ]]
	run -1 reeve status
	[[ $output == *'cannot be read'* ]]
	[ "$(reeve status --json | jq '.unreadable[0].ticket')" = 1 ]
	run ! reeve show 1
	run -1 reeve fsck
	[[ $output == *I10* ]]
}

@test "order: what needs a person, then by priority; what is over only with --all" {
	reeve new low -m x --park
	reeve new high -m x --park --priority 9
	reeve new gone -m x --park
	reeve cancel 3
	[ "$(reeve ls --json | jq -c '[.[].id]')" = '[2,1]' ]
	[ "$(reeve ls --all --json | jq -c '[.[].id]')" = '[2,1,3]' ]
	run -0 reeve ls
	[[ $output != *gone* ]]
}

@test "log and history tell every revision" {
	reeve new one -m x --park
	reeve unpark 1
	reeve park 1
	run -0 reeve log 1
	[ "$(wc -l <<<"$output")" = 3 ]
	[[ $output == *created*unparked*parked* ]]
	[ "$(field 1 '[.history[].rev] | join(" ")')" = '1 2 3' ]
}

@test "diff shows the branch, with names that could be options, and runs no program of the branch (X-23)" {
	id=$(reeve new one -m x --park)
	run -1 reeve diff "$id"
	[[ $output == *'no work yet'* ]]
	run -2 reeve diff "$id" --output=x
	[ ! -e x ]
}

@test "attach and tail of what never ran say so" {
	reeve new one -m x --park
	run -1 reeve attach 1
	[[ $output == *'no worker was ever started'* ]]
	run -1 reeve tail 1
	run -1 reeve tail 7
	[[ $output == *'no ticket 7'* ]]
	run -2 reeve tail x
}

@test "sync without a supervisor decides what waits, and leaves nothing behind" {
	reeve new one -m x --park
	reeve unpark 1 --no-wait
	reeve sync
	is_phase 1 ready
	[ -z "$(ls "$REEVE_STATE/control")" ]
}

@test "up -d says when it is ready, a second one who owns it, down ends it (X-20)" {
	run -1 reeve down
	[[ $output == *'no supervisor'* ]]
	run -0 reeve up -d
	[[ $output == 'supervisor runs: pid '* ]]
	REEVED=${output##* }
	run -75 reeve up -d
	[[ $output == *"pid $REEVED"* ]]
	run -0 reeve status
	[[ $output == *"pid $REEVED"* ]]
	run -0 reeve down
	run -1 reeve down
	REEVED=
}

@test "up -d that fails says why (D-3)" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$(command -v reeve)" "$BATS_TEST_TMPDIR/bin/"
	printf '#!/bin/sh\necho "first"; echo "the disk \033[2J is gone"; exit 74\n' >"$BATS_TEST_TMPDIR/bin/reeved"
	chmod +x "$BATS_TEST_TMPDIR/bin/reeved"
	run -74 "$BATS_TEST_TMPDIR/bin/reeve" up -d
	[[ $output == *'did not start: the disk \x1b[2J is gone'* ]]
	inert "$output"
}

# client WINDOW-OPTION: somebody looks at the window of this episode, in a session of reeve attach
client() {
	tmux -S "$SOCKET" list-clients -F '#{session_name} #{@reeve}' | grep -q "^reeve-attach-[0-9]* $1\$"
}

no_client() {
	! client "$1"
}

@test "tail shows the live screen, inert; attach and leave, and the worker goes on (X-10 X-21)" {
	start_supervisor
	new loud 'printf "here \033]0;owned\007 I am\n"; exec sleep infinity'
	wait_for 20 is_phase 1 working
	shows() { reeve tail 1 | grep -q 'I am'; }
	wait_for 20 shows
	run -0 reeve tail 1
	inert "$output"
	run -1 reeve attach 1
	[[ $output == *'needs a terminal'* ]]
	# its stdin stays open, or script would type an end of file into the worker
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec 7<>"$BATS_TEST_TMPDIR/keys"
	for round in 1 2 3; do
		TERM=xterm script -qec 'reeve attach 1' /dev/null >"$BATS_TEST_TMPDIR/screen" 2>&1 <&7 3>&- 7>&- &
		attached=$!
		wait_for 20 client 1.1
		tmux -S "$SOCKET" detach-client -s "$(tmux -S "$SOCKET" list-clients -F '#{session_name}' | grep reeve-attach)"
		wait "$attached" || :
		wait_for 20 no_client 1.1
	done
	alone() { [ "$(tmux -S "$SOCKET" list-sessions -F '#S')" = reeve ]; }
	wait_for 20 alone
	reeve sync
	is_phase 1 working
	reeve park 1
	wait_for 20 is_phase 1 parked
	windowless() { [[ $(reeve tail 1 2>&1) == *'has no window'* ]]; }
	wait_for 20 windowless # tmux closes it in its own time
	run -0 reeve tail 1
	[[ $output == *'has no window'*'I am'* ]]
	run -0 reeve attach 1
	[[ $output == *'I am'* ]]
}
