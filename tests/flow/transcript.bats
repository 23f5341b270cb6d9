#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a worker's terminal showed is kept, to its last word, and read back without what acts on a terminal.
bats_require_minimum_version 1.5.0
load world

setup() {
	world_up
}

teardown() {
	world_down
}

pane() {
	echo "$REEVE_STATE/tickets/${1%.*}/episodes/${1#*.}/pane.log"
}

# recorders: the pids of those of this state directory
recorders() {
	local f
	for f in /proc/[0-9]*/cmdline; do
		{ tr '\0' ' ' <"$f"; } 2>/dev/null | grep -qF -- "--record $REEVE_STATE/" && echo "$f" | cut -d/ -f3
	done
	return 0
}

# inert TEXT: nothing in it that a terminal obeys (ESC, C1, DEL, bidi) but line ends
inert() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' <<<"$1"
}

no_recorder() {
	[ -z "$(recorders)" ]
}

@test "a pane is recorded from the first byte to the last, and the recorder holds nothing (E-16)" {
	start_supervisor
	new one "printf 'first \033[31mred\033[0m words\n'; printf 'last words'; exec sleep infinity"
	wait_for 20 grep -qs 'last words' "$(pane 1.1)"
	[ "$(stat -c %a "$(pane 1.1)")" = 600 ]
	grep -q $'first \e\\[31mred\e\\[0m words' "$(pane 1.1)"
	[ "$(head -c 4 "$(pane 1.1)")" = $'\e[8;' ]
	pid=$(recorders)
	run ! grep -qz '^REEVE_' "/proc/$pid/environ"
	[ -z "$(find "/proc/$pid/fd" -lname '*/lock')" ]
	reeve park 1
	wait_for 20 is_phase 1 parked
	wait_for 20 no_recorder
	grep -q 'last words' "$(pane 1.1)"
	run ! grep -qE '[0-9a-f]{64}' "$(pane 1.1)"
	run -0 reeve fsck
}

@test "a recorder that is killed harms nothing; the next episode has its own" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new one "echo before; read -r line <'$BATS_TEST_TMPDIR/go'; echo after; $(work made.txt)"
	wait_for 20 grep -qs before "$(pane 1.1)"
	kill -KILL "$(recorders)"
	wait_for 20 no_recorder
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	run ! grep -q after "$(pane 1.1)"
	grep -q after "$REEVE_STATE/tickets/1/episodes/1/tail.txt"
	run -0 reeve fsck
}

@test "transcript = 0: no recorder; a size that is none is an error (X-8)" {
	config '[defaults]' 'transcript = 1K'
	run ! reeved
	[[ $output == *'config: line'*'64K'* ]]
	config '[defaults]' 'transcript = 0'
	start_supervisor
	new one "$(work made.txt)"
	wait_for 20 is_phase 1 human-review
	[ ! -e "$(pane 1.1)" ]
}

@test "the end is kept when tmux dies: spinners, escapes, and the last words (E-16 X-21)" {
	start_supervisor
	new noisy 'printf "\033]0;t\007|\r/\r-\r\033[31mred\033[0m \xff\xe2\x80\xae\r\n"; printf "* think\r\n> _"
		printf "\r\033[1A\033[Jlast words \x01\r\n"; exec sleep infinity'
	wait_for 20 grep -qs 'last words' "$(pane 1.1)"
	kill -KILL "$(tmux -S "$SOCKET" display-message -p '#{pid}')"
	tail_is_there() { [ -s "$REEVE_STATE/tickets/1/episodes/1/tail.txt" ]; }
	wait_for 20 tail_is_there
	text=$(cat "$REEVE_STATE/tickets/1/episodes/1/tail.txt")
	inert "$text"
	[[ $text == *red*'last words'* ]]
	[[ $text != *think* ]]
	[ "$(stat -c %s "$REEVE_STATE/tickets/1/episodes/1/tail.txt")" -le 65536 ]
	reeve sync
	run -0 reeve fsck
}

@test "a state directory whose name is hostile is recorded, and runs nothing (X-8)" {
	reeve init >/dev/null
	hostile="$BATS_TEST_TMPDIR/s \$(touch pwn) #(touch pwn) '%H\"\\; x"
	mv "$REEVE_STATE" "$hostile"
	export REEVE_STATE=$hostile
	start_supervisor
	new one "echo words; exec sleep infinity"
	wait_for 20 grep -qs words "$(pane 1.1)"
	[ -z "$(find "$BATS_TEST_TMPDIR" / -maxdepth 1 -name pwn)" ]
}
