#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve-run against real processes, a real tmux and a state directory made by hand (PROTOCOLS P3).

bats_require_minimum_version 1.5.0

NONCE=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

setup() {
	S=$BATS_TEST_TMPDIR/state
	T=$S/tickets/12
	EP=$T/episodes/3
	W=$BATS_TEST_TMPDIR/work
	OUT=$BATS_TEST_TMPDIR/out
	mkdir -p "$S/control" "$EP" "$W" "$OUT"
	chmod 700 "$S"
	: >"$T/lock"
	: >"$EP/lock"
	echo 'Do the work.' >"$EP/brief.md"
	printf '%s\n' "$NONCE" >"$EP/token"
	unset TMUX TMUX_PANE
	started=()
	export OUT W
}

# Only what a test started, by pid, and only while it is that process.
teardown() {
	for p in "${started[@]}"; do
		kill -KILL "$p" 2>/dev/null || :
	done
	if [ -n "${SOCKET:-}" ]; then
		tmux -S "$SOCKET" kill-server 2>/dev/null || :
	fi
}

# agent WORD...: the command line of the agent, with a grace of $GRACE ms
agent() {
	jq -n --arg w "$W" --arg s "${SOCKET:-}" --argjson g "${GRACE:-300}" --args \
		'{reeve: 1, argv: $ARGS.positional, env: ["REEVE_ROLE=author", "COLOUR=blue"], unset: ["SECRET"],
		worktree: $w, grace_ms: $g} + (if $s == "" then {} else {tmux_socket: $s} end)' -- "$@" >"$EP/spec.json"
}

script() {
	agent sh -c "$1"
}

# launch: in the background; $! is its pid
launch() {
	reeve-run "$S" 12.3 >"$OUT/said" 2>&1 3>&- </dev/null &
	launcher=$!
	started+=("$launcher")
}

# A moment, without a process: nothing is ever written there.
moment() {
	read -rt 0.01 _ <> <(:) || :
}

wait_for() {
	local end=$((SECONDS + 60))
	until eval "$1"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "not in time: $1" >&2
			return 1
		fi
		moment
	done
}

note() {
	jq -r "$1" "$EP/exit.json"
}

# Somebody holds the lock of this file.
is_held() {
	grep -q "OFDLCK.*:$(stat -c %i "$1") " /proc/locks
}

is_gone() {
	[ ! -d "/proc/$1" ] || [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1)" = Z ]
}

# bats does not see a failing `! command`.
not() {
	if "$@"; then
		return 1
	fi
}

started_count() {
	cat "$OUT/count" 2>/dev/null | wc -l
}

@test "the agent runs once, in its place, and its end is certified (P3 L0-L8)" {
	script 'echo x >>"$OUT/count"; pwd >"$OUT/pwd"; env >"$OUT/env"; exit 3'
	SECRET=1 TMUX=a,b,c TMUX_PANE=%9 REEVE_NONCE=old COLOUR=red run -3 reeve-run "$S" 12.3
	[ "${#lines[@]}" = 1 ]
	[[ ${lines[0]} == "reeve: 12.3: "*3* ]]
	[ "$(started_count)" = 1 ]
	[ "$(cat "$OUT/pwd")" = "$W" ]
	[ -e "$EP/started" ]
	[ -e "$EP/tail.txt" ]
	[ ! -s "$EP/tail.txt" ]
	[ -e "$EP/claimed" ]
	[ ! -e "$EP/token" ]
	[ "$(note .has_started,.exec_errno,.exit_code,.leftovers | xargs)" = 'true 0 3 0' ]
	for want in "REEVE_STATE=$S" REEVE_TICKET=12 REEVE_EPISODE=12.3 REEVE_ROLE=author "REEVE_NONCE=$NONCE" \
		"REEVE_BRIEF=$EP/brief.md" "REEVE_WORKTREE=$W" COLOUR=blue; do
		grep -qxF "$want" "$OUT/env"
	done
	not grep -qE '^(SECRET|TMUX|TMUX_PANE|REEVE_RUN_LOCKS)=' "$OUT/env"
	path=$(sed -n 's/^PATH=//p' "$OUT/env")
	[ "${path%%:*}" = "$(dirname "$(readlink -f "$(command -v reeve-run)")")" ]
	not is_held "$T/lock"
	not is_held "$EP/lock"
}

@test "the nonce is nowhere in the store and in no argument, and the ancestor shows it (X-31)" {
	script 'cat /proc/$PPID/cmdline | tr "\0" "\n" >"$OUT/argv"; cat /proc/$PPID/environ | tr "\0" "\n" >"$OUT/environ"
		readlink /proc/$PPID/exe >"$OUT/exe"'
	run -0 reeve-run "$S" 12.3
	[ -e "$EP/claimed" ]
	[ ! -s "$EP/claimed" ]
	run -1 grep -r "$NONCE" "$S"
	printf 'reeve-run\n%s\n12.3\n' "$S" | cmp - "$OUT/argv"
	grep -qx "REEVE_NONCE=$NONCE" "$OUT/environ"
	grep -qx "REEVE_EPISODE=12.3" "$OUT/environ"
	[ "$(basename "$(cat "$OUT/exe")")" = reeve-run ]
}

@test "while anything of the ticket lives, nothing more starts: 75 (D-12, E-12)" {
	mkfifo "$OUT/go"
	script 'echo x >>"$OUT/count"; read x <"$OUT/go"'
	launch
	wait_for '[ "$(started_count)" = 1 ]'
	is_held "$T/lock"
	is_held "$EP/lock"
	# a second one with nothing to claim, and one with a token that somebody made
	run -76 reeve-run "$S" 12.3
	cp -r "$EP" "$T/episodes/4"
	echo "$NONCE" >"$T/episodes/4/token"
	rm "$T/episodes/4/claimed"
	run -75 reeve-run "$S" 12.4
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"still lives"*"pid $launcher "* ]]
	[ -e "$T/episodes/4/token" ]
	echo go >"$OUT/go"
	wait "$launcher"
	[ "$(started_count)" = 1 ]
}

@test "the command line of an old episode, run again, starts nothing and takes no lock (X-22)" {
	script 'echo x >>"$OUT/count"'
	run -0 reeve-run "$S" 12.3
	cp "$EP/lock" "$OUT/lock"
	run -76 reeve-run "$S" 12.3
	[[ $output == *"used before"* ]]
	[ "$(started_count)" = 1 ]
	cmp "$EP/lock" "$OUT/lock"
	mv "$EP/claimed" "$EP/revoked"
	run -76 reeve-run "$S" 12.3
	[[ $output == *"taken back"* ]]
	rm -r "$EP"
	run -76 reeve-run "$S" 12.3
	[ "$(started_count)" = 1 ]
}

@test "the kill switch stops the launcher before the claim (C-12, C-15, C-16)" {
	script 'echo x >>"$OUT/count"'
	for make in 'touch kill' 'mkdir kill' 'ln -s nowhere kill' 'touch stop'; do
		(cd "$S/control" && $make)
		run -77 reeve-run "$S" 12.3
		[ "${#lines[@]}" = 1 ]
		[ -e "$EP/token" ]
		[ ! -e "$EP/claimed" ]
		rm -r "$S/control/"*
	done
	# cannot be looked at
	rmdir "$S/control" && : >"$S/control"
	run -77 reeve-run "$S" 12.3
	rm "$S/control"
	run -77 reeve-run "$S" 12.3
	[ "$(started_count)" = 0 ]
	mkdir "$S/control"
	run -0 reeve-run "$S" 12.3
	[ "$(started_count)" = 1 ]
}

@test "a file that cannot be understood burns no token; arguments are checked" {
	for bad in '' '{' '{"reeve":1,"argv":[],"worktree":"/","grace_ms":1}' '[]'; do
		printf '%s' "$bad" >"$EP/spec.json"
		run -70 reeve-run "$S" 12.3
		[ "${#lines[@]}" = 1 ]
		[ -e "$EP/token" ]
		[ ! -e "$EP/claimed" ]
	done
	rm "$EP/spec.json"
	run -70 reeve-run "$S" 12.3
	run -2 reeve-run
	run -2 reeve-run "$S"
	run -2 reeve-run "$S" 12
	run -2 reeve-run "$S" 12.3 more
	run -2 reeve-run . 12.3
	run -2 reeve-run "$S" ../12.3
	run -74 reeve-run "$S-none" 12.3
	run -76 reeve-run "$S" 13.1
	run -0 reeve-run --help
	run -0 reeve-run --version
	[[ $output == reeve-run\ [0-9]* ]]
	# a token without a nonce: claimed, and nothing starts
	script 'echo x >>"$OUT/count"'
	echo short >"$EP/token"
	run -70 reeve-run "$S" 12.3
	[ -e "$EP/claimed" ]
	[ ! -e "$EP/started" ]
	[ "$(started_count)" = 0 ]
}

@test "an agent that cannot be executed is no death: exit.json says why (D-3)" {
	try() {
		rm -f "$EP/claimed" "$EP/started" "$EP/exit.json"
		echo "$NONCE" >"$EP/token"
		run "$1" reeve-run "$S" 12.3
		[ "${#lines[@]}" = 1 ]
		[ "$(note .has_started)" = false ]
		[ "$(note .exec_errno)" = "$2" ]
		[[ $(note .exec_error) == *"$3"* ]]
		[[ $output == *"$3"* ]]
	}
	agent no-such-agent
	try -127 2 'no directory of PATH'
	: >"$OUT/plain"
	agent "$OUT/plain"
	try -126 13 'no executable file'
	printf '#!/no/such/interpreter\n' >"$OUT/orphan" && chmod +x "$OUT/orphan"
	agent "$OUT/orphan"
	try -127 2 'interpreter'
	mv "$W" "$W.away"
	script 'echo x >>"$OUT/count"'
	try -127 2 'worktree'
	[ ! -e "$EP/started" ]
	[ "$(started_count)" = 0 ]
}

@test "a killed agent is reported as killed" {
	script 'echo $$ >"$OUT/pid"; kill -KILL $$'
	run -137 reeve-run "$S" 12.3
	[ "$(note .has_started,.exit_code,.exit_signal | xargs)" = 'true -1 9' ]
}

@test "a killed launcher takes the agent along; what the agent started keeps the ticket's lock (X-19, E-23)" {
	script 'sleep infinity & echo $! >"$OUT/grandchild"; echo $$ >"$OUT/agent"; wait'
	launch
	wait_for '[ -s "$OUT/agent" ]'
	agent=$(cat "$OUT/agent") grandchild=$(cat "$OUT/grandchild")
	started+=("$grandchild")
	kill -KILL "$launcher"
	wait_for 'is_gone $agent'
	wait_for '! is_held "$EP/lock"'
	not is_gone "$grandchild"
	is_held "$T/lock"
	[ -e "$EP/started" ]
	[ ! -e "$EP/exit.json" ]
	# and nothing else may start for this ticket
	mkdir "$T/episodes/4" && cp "$EP/spec.json" "$T/episodes/4/" && echo "$NONCE" >"$T/episodes/4/token"
	run -75 reeve-run "$S" 12.4
	kill -KILL "$grandchild"
	wait_for '! is_held "$T/lock"'
}

@test "what the agent leaves behind is ended, however it hides (X-19)" {
	# a plain child, one in a session of its own with no descriptor and no environment, one that ignores TERM
	script 'sleep infinity & echo $! >"$OUT/one"
		env -i PATH="$PATH" setsid bash -c "exec 100>&-; echo \$\$ >$OUT/two; exec sleep infinity" >/dev/null 2>&1 </dev/null &
		setsid sh -c "trap : TERM; echo \$\$ >$OUT/three; while :; do read x <$OUT/never; done" &
		while [ ! -s "$OUT/two" ] || [ ! -s "$OUT/three" ]; do :; done
		exit 0'
	mkfifo "$OUT/never"
	GRACE=200 run -0 reeve-run "$S" 12.3
	for p in one two three; do
		is_gone "$(cat "$OUT/$p")"
	done
	[ "$(note .leftovers)" -ge 3 ]
	[ "$(note .exit_code)" = 0 ]
	not is_held "$T/lock"
}

@test "processes of this episode that are nobody's child are ended too; others are not (I5)" {
	script 'echo x >>"$OUT/count"'
	REEVE_NONCE=$NONCE sleep infinity 3>&- &
	tagged=$!
	REEVE_NONCE=other sleep infinity 3>&- 7<"$T/lock" &
	stranger=$!
	started+=("$tagged" "$stranger")
	# before its exec it has our environment
	wait_for 'grep -qzx "REEVE_NONCE=$NONCE" "/proc/$tagged/environ"'
	wait_for 'grep -qzx REEVE_NONCE=other "/proc/$stranger/environ"'
	run -0 reeve-run "$S" 12.3
	is_gone "$tagged"
	not is_gone "$stranger"
	[ "$(note .leftovers)" = 1 ]
}

@test "a stop request ends the agent: TERM, and KILL after the grace (E-8, T30)" {
	GRACE=30000 script 'trap "echo bye >$OUT/bye; exit 7" TERM; echo x >"$OUT/up"; while :; do read x <"$OUT/never"; done'
	mkfifo "$OUT/never"
	launch
	wait_for '[ -s "$OUT/up" ]'
	kill -TERM "$launcher"
	wait "$launcher" && status=0 || status=$?
	[ "$status" = 7 ]
	[ -s "$OUT/bye" ]
	[ "$(note .exit_code)" = 7 ]

	rm "$EP/claimed" "$EP/started" "$EP/exit.json" "$OUT/up"
	echo "$NONCE" >"$EP/token"
	script 'trap "" TERM HUP; echo x >"$OUT/up"; while :; do read x <"$OUT/never"; done'
	launch
	wait_for '[ -s "$OUT/up" ]'
	kill -HUP "$launcher"
	wait "$launcher" && status=0 || status=$?
	[ "$status" = 137 ]
	[ "$(note .exit_signal)" = 9 ]
	not is_held "$T/lock"
}

@test "of 8 launchers at once for one token, one starts the agent; 20 rounds (D-12, D-31, E-12)" {
	script 'echo x >>"$OUT/count"'
	for round in $(seq 20); do
		rm -f "$EP/claimed" "$EP/started" "$EP/exit.json" "$OUT/count"
		echo "$NONCE" >"$EP/token"
		pids=()
		for i in 1 2 3 4 5 6 7 8; do
			reeve-run "$S" 12.3 >"$OUT/said.$i" 2>&1 3>&- </dev/null &
			pids+=($!)
		done
		good=0
		for p in "${pids[@]}"; do
			wait "$p" && status=0 || status=$?
			case $status in
			0) good=$((good + 1)) ;;
			75 | 76) ;;
			*) echo "round $round: exit $status: $(cat "$OUT"/said.*)" >&2 && return 1 ;;
			esac
		done
		[ "$good" = 1 ]
		[ "$(started_count)" = 1 ]
		[ "$(note .exit_code)" = 0 ]
	done
}

# What is there after a launcher that ended at any step, and what P3 makes of it.
check_crash_state() {
	not is_held "$T/lock"
	not is_held "$EP/lock"
	[ "$(started_count)" -le 1 ]
	if [ -e "$EP/token" ]; then
		# unclaimed: may be started by another launcher, or revoked
		[ ! -e "$EP/claimed" ]
		[ ! -e "$EP/started" ]
		[ ! -e "$EP/exit.json" ]
		[ "$(started_count)" = 0 ]
	elif [ -e "$EP/exit.json" ]; then
		[ -e "$EP/claimed" ]
		if [ "$(note .has_started)" = true ]; then
			[ -e "$EP/started" ]
		else
			[ "$(started_count)" = 0 ]
		fi
	elif [ ! -e "$EP/started" ]; then
		# claimed, not started: a start failure and no death
		[ -e "$EP/claimed" ]
		[ "$(started_count)" = 0 ]
	fi
}

@test "a crash at any step starts nothing twice and leaves a state of the table (P3, D-20, C-16)" {
	reeve-run --version >/dev/null
	script 'echo x >>"$OUT/count"'
	states=
	for n in $(seq 60); do
		rm -rf "$EP/claimed" "$EP/started" "$EP/exit.json" "$EP/tail.txt" "$OUT/count" "$EP"/.tmp-*
		echo "$NONCE" >"$EP/token"
		REEVE_CRASH_AT=$n reeve-run "$S" 12.3 >"$OUT/said" 2>&1 && status=0 || status=$?
		# of a child that crashed there is at most a zombie left, and it is nobody's by now
		check_crash_state
		had_token=false && [ ! -e "$EP/token" ] || had_token=true
		states="$states $had_token:$status"
		if [ "$status" = 0 ]; then
			break
		fi
		[ "$status" = 86 ]
		# run again, as a supervisor or a restorer might
		reeve-run "$S" 12.3 >"$OUT/said" 2>&1 && status=0 || status=$?
		if $had_token; then
			[ "$status" = 0 ]
			[ "$(started_count)" = 1 ]
		else
			[ "$status" = 76 ]
			[ "$(started_count)" -le 1 ]
		fi
		check_crash_state
	done
	# it did crash before the claim and after it, and came to an end
	[[ $states == *true:86*false:86*false:0 ]]
	[ "$n" -gt 15 ]
}

@test "in a terminal the keys go to the agent, and the last screen is kept" {
	SOCKET=$BATS_TEST_TMPDIR/tmux
	script 'trap "echo got it; exit 9" INT; printf "\033[31mhello\033[0m from the agent\n"; tmux display 2>&1 | head -n 1
		echo x >"$OUT/up"; while :; do read x <"$OUT/never"; done'
	mkfifo "$OUT/never"
	tmux -S "$SOCKET" -f /dev/null new-session -d -x 80 -y 24 "exec reeve-run '$S' 12.3" 3>&-
	wait_for '[ -s "$OUT/up" ]'
	tmux -S "$SOCKET" send-keys C-z
	tmux -S "$SOCKET" send-keys C-c
	wait_for '[ -s "$EP/exit.json" ]'
	[ "$(note .exit_code)" = 9 ]
	grep -q 'hello from the agent' "$EP/tail.txt"
	grep -q 'got it' "$EP/tail.txt"
	not grep -q "$(printf '\033')" "$EP/tail.txt"
}

@test "a closed pane ends the agent (X-21)" {
	SOCKET=$BATS_TEST_TMPDIR/tmux
	script 'trap "" HUP; echo $$ >"$OUT/up"; exec sleep infinity'
	tmux -S "$SOCKET" -f /dev/null new-session -d "exec reeve-run '$S' 12.3" 3>&-
	wait_for '[ -s "$OUT/up" ]'
	tmux -S "$SOCKET" kill-session
	wait_for '[ -s "$EP/exit.json" ]'
	is_gone "$(cat "$OUT/up")"
	wait_for '! is_held "$T/lock"'
}

@test "the keeper says one line, wakes for nothing and ends when told" {
	mkfifo "$OUT/line"
	reeve-run --keeper >"$OUT/line" 3>&- &
	keeper=$!
	started+=("$keeper")
	read -r line <"$OUT/line"
	[ "$line" = 'reeve: this window keeps the tmux server; see `reeve ls`' ]
	kill -INT "$keeper"
	kill -QUIT "$keeper"
	not is_gone "$keeper"
	kill -HUP "$keeper"
	wait "$keeper" && status=0 || status=$?
	[ "$status" = 129 ]
}

@test "a waiting launcher is small and does not wake up" {
	script 'echo x >"$OUT/up"; exec sleep infinity'
	launch
	wait_for '[ -s "$OUT/up" ]'
	if grep -q asan "/proc/$launcher/maps"; then
		skip 'built with sanitizers'
	fi
	private=$(awk '/^Private/ { n += $2 } END { print n }' "/proc/$launcher/smaps_rollup")
	echo "private: $private kB"
	[ "$private" -le 800 ]
	sleeps() {
		local before
		before=$(grep ctxt_switches "/proc/$launcher/status")
		for i in $(seq 50); do moment; done
		[ "$(grep ctxt_switches "/proc/$launcher/status")" = "$before" ]
	}
	wait_for sleeps # its agent is there before it has come to its wait
	sleeps
	kill -TERM "$launcher"
	wait "$launcher" && status=0 || status=$?
	[ "$status" = 143 ]
}
