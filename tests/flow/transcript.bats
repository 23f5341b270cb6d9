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

# over: the follower has ended by itself
over() {
	[[ $(ps -o stat= -p "$follower") == Z* || ! -e /proc/$follower ]]
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
	reeve tail -f 1 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	follower=$!
	wait_for 20 grep -qs before "$BATS_TEST_TMPDIR/out"
	kill -KILL "$(recorders)"
	wait_for 20 no_recorder
	wait_for 20 over
	wait "$follower"
	grep -q 'episode 1.1 goes on, but its recorder has ended' "$BATS_TEST_TMPDIR/err"
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	run ! grep -q after "$(pane 1.1)"
	wait_for 20 grep -qs after "$REEVE_STATE/tickets/1/episodes/1/tail.txt" # at its end, and it has only reported
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
	new noisy 'printf "\033]0;t\007|\r/\r-\r\033[31mred\033[0m \377\342\200\256\r\n"; printf "* think\r\n> _"
		printf "\r\033[1A\033[Jlast words \001\r\n"; exec sleep infinity'
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

@test "tail -f: what settles comes once, and it ends with the episode (E-16 X-10)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/on"
	new one "printf 'one\\r\\n* think 1\\r\\n> _'; read -r line <'$BATS_TEST_TMPDIR/go'
		printf '\\r\\033[1A\\033[J* think 2\\r\\n> _'; printf '\\r\\033[1A\\033[J\\033]0;t\\007two \\342\\200\\256\\r\\n'
		read -r line <'$BATS_TEST_TMPDIR/on'; echo end; $(work made.txt)"
	wait_for 20 grep -qs '> _' "$(pane 1.1)"
	reeve tail -f 1 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	follower=$!
	wait_for 20 grep -qs '> _' "$BATS_TEST_TMPDIR/out"
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 grep -qs 'two' "$(pane 1.1)"
	echo >"$BATS_TEST_TMPDIR/on"
	wait_for 20 over
	wait "$follower"
	grep -q 'episode 1.1 ended' "$BATS_TEST_TMPDIR/err"
	[ "$(grep -c '^one$' "$BATS_TEST_TMPDIR/out")" = 1 ]
	[ "$(grep -c '^two \\u202e$' "$BATS_TEST_TMPDIR/out")" = 1 ]
	[ "$(grep -c '^end$' "$BATS_TEST_TMPDIR/out")" = 1 ]
	inert "$(cat "$BATS_TEST_TMPDIR/out")"
	# of one that is over: its last lines, and done
	run -0 --separate-stderr reeve tail -f 1.1 -n 3
	[[ $output != *one* && ${lines[-1]} == 'reeve: 1.1: exit status 0' ]]
}

@test "tail -f: whoever reads slower than it is kept is told so, and nothing twice (E-16)" {
	config '[defaults]' 'transcript = 64K'
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/on"
	new one "echo begin; read -r line <'$BATS_TEST_TMPDIR/go'; seq -f 'line %09.0f.' 20000; echo mark
		read -r line <'$BATS_TEST_TMPDIR/on'; $(work made.txt)"
	wait_for 20 grep -qs begin "$(pane 1.1)"
	reeve tail -f 1 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	follower=$!
	wait_for 20 grep -qs begin "$BATS_TEST_TMPDIR/out"
	freeze "$follower"
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 grep -qs mark "$(pane 1.1)"
	kill -CONT "$follower"
	wait_for 20 grep -qs mark "$BATS_TEST_TMPDIR/out"
	echo >"$BATS_TEST_TMPDIR/on"
	wait_for 20 over
	wait "$follower"
	grep -q 'something may be missing at this place' "$BATS_TEST_TMPDIR/err"
	grep -E '^line [0-9]{9}\.$' "$BATS_TEST_TMPDIR/out" >"$BATS_TEST_TMPDIR/lines"
	sort -u "$BATS_TEST_TMPDIR/lines" | cmp - "$BATS_TEST_TMPDIR/lines"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/lines")" = 'line 000020000.' ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/lines")" -gt 1500 ] # both files that are kept
}

@test "tail -f ends with the episode, whatever its worker has made of the record (E-16)" {
	start_supervisor
	new one 'echo begin; exec sleep infinity'
	wait_for 20 grep -qs begin "$(pane 1.1)"
	reeve tail -f 1 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	follower=$!
	wait_for 20 grep -qs begin "$BATS_TEST_TMPDIR/out"
	rm "$(pane 1.1)"
	mkdir "$(pane 1.1)"
	reeve park 1
	wait_for 20 over
	wait "$follower"
	wait_for 20 is_phase 1 parked
	wait_for 20 no_recorder
	# of one that left neither record nor word
	rmdir "$(pane 1.1)"
	rm "$REEVE_STATE/tickets/1/episodes/1/exit.json"
	run -1 timeout 60 reeve tail -f 1.1
	[[ $output == *'nothing was recorded of episode 1.1'* ]]
}

@test "tail -n goes back further than tmux; --raw gives the bytes; a size is kept" {
	config '[defaults]' 'transcript = 256K'
	start_supervisor
	new one 'seq 5000; printf "\\033[31mred\\033[0m\\n"; exec sleep infinity'
	wait_for 20 grep -qs red "$(pane 1.1)"
	last() { [ "$(reeve tail 1 -n 1)" = red ]; }
	wait_for 20 last
	[ "$(reeve tail 1 -n 4 | tr '\n' ' ')" = '4998 4999 5000 red ' ]
	[ "$(reeve tail 1 -n 4900 | head -n 1)" = 102 ]
	reeve tail 1.1 --raw | grep -q $'\e\\[31mred\e\\[0m'
	reeve park 1
	wait_for 20 is_phase 1 parked
	wait_for 20 no_recorder
	run -0 --separate-stderr reeve tail 1 -n 4000
	[[ ${#lines[@]} = 4000 && $output == *red* ]]
	run -0 --separate-stderr reeve tail 1
	[ "${#lines[@]}" -le 200 ]
	run -1 reeve tail 1.2
	[[ $output == *'has no episode 2'* ]]
	rm "$(pane 1.1)"
	run -1 reeve tail -f 1
	[[ $output == *'nothing was recorded'* ]]
	[ "$(stat -c %s "$REEVE_STATE/tickets/1/episodes/1/tail.txt")" -le 65536 ]
}

@test "a launcher that was killed left no last screen: the record has it (D-24 E-16)" {
	start_supervisor
	new one 'echo last words; exec sleep infinity'
	wait_for 20 grep -qs 'last words' "$(pane 1.1)"
	reeve halt
	launcher=$(sed 's/pid \([0-9]*\) .*/\1/' "$REEVE_STATE/tickets/1/episodes/1/lock")
	kill -KILL "$launcher"
	wait_for 20 no_recorder
	wait_for 20 is_phase 1 ready
	[ ! -e "$REEVE_STATE/tickets/1/episodes/1/tail.txt" ]
	run -0 reeve tail 1
	[[ $output == *'left no word of its end'*'last words'* ]]
}

@test "log --full: briefs, words and last screens of all episodes, in the order in which they came (X-10)" {
	start_supervisor
	new one 'case $REEVE_EPISODE in *.1) printf "screen \033[2J of one\n"; reeve question which --choice a --choice b; exit 0;; esac
		echo screen of two; echo x >x; git add x; git commit -qm x; reeve done -m "made \033]0;x"'
	is_over() { [ "$(field 1 ".episodes[$1].ending")" != null ]; }
	wait_for 20 is_phase 1 asking
	wait_for 20 is_over 0
	reeve answer 1 --choice 1
	wait_for 20 is_phase 1 human-review
	wait_for 20 is_over 1
	run -0 reeve log 1 --full
	inert "$output"
	[[ $output == *'its brief'*'asks a question'*'2. b'*'its last screen'*'of one'*'choice 1: a'*'its brief'*'screen of two'* ]]
	run -0 reeve log 1
	[[ $output != *'its brief'* ]]
	printf '#!/bin/sh\ncat >"%s"\n' "$BATS_TEST_TMPDIR/paged" >"$BATS_TEST_TMPDIR/pager"
	chmod +x "$BATS_TEST_TMPDIR/pager"
	run -0 env GIT_PAGER="$BATS_TEST_TMPDIR/pager" script -qec 'reeve log 1 --full' /dev/null
	grep -q 'its last screen' "$BATS_TEST_TMPDIR/paged"
}

@test "prune --transcripts: of what is over, or named; never what is still recorded" {
	start_supervisor
	new one 'echo one; exec sleep infinity'
	new two 'echo two; exec sleep infinity'
	wait_for 20 grep -qs one "$(pane 1.1)"
	wait_for 20 grep -qs two "$(pane 2.1)"
	reeve cancel 1
	wait_for 20 is_phase 1 cancelled
	one_left() { [ "$(recorders | wc -l)" = 1 ]; }
	wait_for 20 one_left
	run -0 reeve prune
	[[ $output == *'--transcripts removes what terminals showed in 1 episode of '* ]]
	run -0 reeve prune --transcripts --older-than 3d
	[ -e "$(pane 1.1)" ]
	echo left >"$(pane 1.1).new"
	echo left >"$(pane 1.1).old"
	run -0 reeve prune --transcripts
	[ -z "$(find "${REEVE_STATE:?}/tickets/1/episodes/1" -name 'pane.log*')" ]
	[ -s "$REEVE_STATE/tickets/1/episodes/1/tail.txt" ]
	run -0 reeve prune --transcripts 2
	[ -s "$(pane 2.1)" ]
	run -2 reeve prune --transcripts --landed
	run -0 reeve fsck
}

@test "what a worker puts in the way of its record makes it grow no more, and what is missing is told (X-5)" {
	config '[defaults]' 'transcript = 64K'
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new one "echo begin; read -r line <'$BATS_TEST_TMPDIR/go'
		"'mkdir -p "$REEVE_STATE/tickets/1/episodes/1/pane.log.new/x"; seq 50000; exec sleep infinity'
	came=$(seq 50000 | sed 's/$/\r/' | wc -c)
	wait_for 20 grep -qs begin "$(pane 1.1)"
	pid=$(recorders)
	read_so_far() { sed -n 's/^rchar: //p' "/proc/$pid/io"; }
	before=$(read_so_far)
	echo >"$BATS_TEST_TMPDIR/go"
	all_read() { [ "$(read_so_far)" -ge $((before + came)) ]; }
	wait_for 20 all_read
	reeve park 1
	wait_for 20 is_phase 1 parked
	wait_for 20 no_recorder
	[ "$(stat -c %s "$(pane 1.1)")" -le 32768 ]
	[ ! -e "$(pane 1.1).1" ]
	run -0 --separate-stderr reeve tail -f 1 -n 5000
	[[ $output == *'[reeve: '*' bytes are missing here: they could not be written]'* ]]
	# what is there without our lines, and what is missing: all that came, and the words before and after it
	there=$(LC_ALL=C sed -z -e 's/\x1b\[8;[0-9]*;[0-9]*t//g' -e 's/\x18\r\n\[reeve: [0-9]* [^]]*\]\r\n//g' "$(pane 1.1)" | wc -c)
	for n in $(grep -ao '\[reeve: [0-9]*' "$(pane 1.1)" | cut -d' ' -f2); do there=$((there + n)); done
	[ "$there" -ge "$came" ] && [ "$there" -lt $((came + 200)) ]
	run -0 reeve fsck
}
