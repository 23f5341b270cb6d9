#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# A state directory that is not as it should be, a full disk, a supervisor that does not answer.
load world
load bad
setup() {
	world_up
	S=$REEVE_STATE
	MOUNTED=
}
teardown() {
	[ -z "$REEVED" ] || kill -CONT "$REEVED" 2>/dev/null || :
	world_down
	if [ -n "$MOUNTED" ]; then
		cd /
		umount -l "$MOUNTED"
	fi
}

# Every program gives the same answer, and none writes.
all_say() {
	local text=$1 command
	for command in ls status 'show 1' 'new title' sync 'pass 1'; do
		# shellcheck disable=SC2086
		says 74 "$text" reeve $command
	done
	says 74 "$text" reeved --once
}

# What the command $1 said is durable, and it waits: it takes SIGINT now.
waits() {
	[ -n "$(ls "$S/spool/new")" ] && grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status"
}

# A file system of its own for the state, so that it can be filled and write-protected.
small_disk() {
	mkdir "$BATS_TEST_TMPDIR/disk"
	mount -t tmpfs -o size=1m,mode=0700 none "$BATS_TEST_TMPDIR/disk" 2>/dev/null || skip 'mount is not allowed here'
	MOUNTED=$BATS_TEST_TMPDIR/disk
	export REEVE_STATE=$MOUNTED
	S=$REEVE_STATE
	reeve init
	config '[tmux]' "socket = $SOCKET" 'conf = /dev/null' '[defaults]' 'agent = sh' 'drain = 5s' 'grace = 1s' \
		"worktrees = $BATS_TEST_TMPDIR/trees"
}
# Its worker is where it waits: whoever started it writes nothing more, and gives no room back.
at_work() {
	wait_for 20 test -s "$BATS_TEST_TMPDIR/up"
	wait_for 20 test -e "$S/tickets/1/episodes/1/running"
	wait_for 20 is_phase 1 working
	reeve sync
}
fill() {
	head -c 2000000 /dev/zero >"$S/fill" 2>/dev/null || :
}

@test "missing, a file instead, no VERSION, another version, a mode or owner that lets others in (C-17 X-27)" {
	reeve new 'kept' --park
	mv "$S" "$S.away"
	all_say "there is no state directory $S. Run \`reeve init\`"
	echo >"$S"
	all_say 'is not a directory'
	rm "$S"
	mv "$S.away" "$S"
	cp "$S/VERSION" "$BATS_TEST_TMPDIR/version"
	sed -i 's/^1 /2 /' "$S/VERSION"
	all_say 'this program knows version 1'
	says 74 'this program knows version 1' reeve init
	echo garbage >"$S/VERSION"
	all_say 'has version "garbage"'
	rm "$S/VERSION"
	all_say 'it has no VERSION'
	cp "$BATS_TEST_TMPDIR/version" "$S/VERSION"
	chmod 0755 "$S"
	all_say "Run \`chmod 700 $S\`"
	chmod 0700 "$S"
	if [ "$(id -u)" = 0 ]; then
		chown 12345 "$S"
		all_say 'belongs to user 12345'
		chown 0 "$S"
	fi
	is_phase 1 parked
	reeve fsck
}

@test "read-only: looking works, writing says so and does nothing (X-12)" {
	small_disk
	new 'kept' 'true' --park
	mount -o remount,ro "$S"
	says 0 'parked' reeve ls
	says 0 'kept' reeve show 1
	says 74 'Read-only file system' reeve new other
	says 74 'Read-only file system' reeve unpark 1
	says 74 'Read-only file system' reeved --once
	says 74 'Read-only file system' reeve init
	[[ $output != *'cannot be trusted'* && $output != *'Input/output error'* ]] # it is of the right kind
	mount -o remount,rw "$S"
	reeve unpark 1
	is_phase 1 ready
	reeve fsck
}

@test "a full disk: commands say so, status says so, and all goes on when there is space (X-12 D-88)" {
	small_disk
	git config -f "$S/config" agent.sh.start 'bash -c {text}'
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'reports into a full disk' "echo >$BATS_TEST_TMPDIR/up; read -r _ <$BATS_TEST_TMPDIR/go; echo text >hello.txt; git add . && git commit -qm hello
		until reeve done -m hello; do echo \$? >>$BATS_TEST_TMPDIR/codes; [ \$(wc -l <$BATS_TEST_TMPDIR/codes) -lt 2000 ] || exit 1; read -rt 0.1 _ <>$BATS_TEST_TMPDIR/go || :; done"
	new 'parked' 'true' --park
	at_work
	fill
	says 75 'No space left on device' reeve new third
	says 75 'nothing was recorded' reeve unpark 2
	says 1 "disk full: nothing can be recorded in $S" reeve status
	says 75 'No space left on device' reeve init
	[[ $output != *'cannot be trusted'* ]]
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 10 test -s "$BATS_TEST_TMPDIR/codes"
	[ "$(sort -u "$BATS_TEST_TMPDIR/codes")" = 75 ]
	is_phase 1 working
	is_phase 2 parked
	rm "$S/fill"
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(field 1 .episode)" = 1.1 ]
	reeve unpark 2
	stop_supervisor
	reeve fsck
}

@test "a worker that ends on a full disk: no busy loop, judged when there is space (X-12 X-35)" {
	small_disk
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'ends' "if [ \$REEVE_EPISODE = 1.1 ]; then echo >$BATS_TEST_TMPDIR/up; read -r _ <$BATS_TEST_TMPDIR/go; exit 3; fi; $(work hello.txt)"
	at_work
	fill
	echo >"$BATS_TEST_TMPDIR/go"
	failed() { grep -q 'No space left.*trying again' "$BATS_TEST_TMPDIR/reeved.log"; }
	wait_for 10 failed
	let_pass 3
	[ "$(grep -c 'No space left' "$BATS_TEST_TMPDIR/reeved.log")" -le 3 ]
	is_phase 1 working
	rm "$S/fill"
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.2 ]
	stop_supervisor
	reeve fsck
}

@test "commands that wait in a full directory are applied when there is space, once (D-88 X-12)" {
	small_disk
	start_supervisor
	new 'first' 'true' --park
	reeve sync # filed away, too
	freeze "$REEVED"
	reeve new 'second' --park --no-wait
	reeve new 'third' --park --no-wait
	fill
	kill -CONT "$REEVED"
	noticed() { grep -q 'No space left.*nothing is lost, trying again' "$BATS_TEST_TMPDIR/reeved.log"; }
	wait_for 10 noticed
	[ "$(ls "$S/spool/new" | wc -l)" = 2 ]
	rm "$S/fill"
	wait_for 30 is_phase 3 parked
	[ "$(ls "$S/tickets" | wc -l)" = 3 ]
	reeve fsck
}

@test "a second supervisor is refused with 75 and the owner's pid (C-1 X-20)" {
	start_supervisor
	says 75 "held by pid $REEVED" reeved
	says 75 "$REEVED" reeve up -d
	says 0 "runs, pid $REEVED" reeve status
}

@test "a supervisor stopped with SIGSTOP: status says so, a waiting command can be left and is durable (X-20 C-20)" {
	start_supervisor
	new 'first' 'true' --park
	reeve sync # it answers when the ticket is there, a moment before the signal is filed away
	freeze "$REEVED"
	says 0 "stopped by a signal; \`kill -CONT $REEVED\`" reeve status
	env --default-signal=INT reeve new 'second' -m true --park >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	wait_for 10 waits "$pid"
	kill -INT "$pid"
	wait "$pid" || :
	grep -q 'durable, not yet decided' "$BATS_TEST_TMPDIR/out"
	[ "$(ls "$S/spool/new" | wc -l)" = 1 ]
	says 75 "$REEVED" reeved
	kill -CONT "$REEVED"
	wait_for 10 is_phase 2 parked
	reeve fsck --live
}

@test "SIGINT ends a waiting command with 75 and keeps what it said (X-20 D-88)" {
	start_supervisor
	freeze "$REEVED"
	env --default-signal=INT reeve new 'second' -m true --park >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	wait_for 10 waits "$pid"
	kill -INT "$pid"
	code=0
	wait "$pid" || code=$?
	[ "$code" = 75 ]
	grep -q 'durable, not yet decided: you did not wait' "$BATS_TEST_TMPDIR/out"
	kill -CONT "$REEVED"
	wait_for 10 is_phase 1 parked
}

@test "a configuration with an error: refused at the start with its line, the last good one while running (B-2)" {
	cp "$S/config" "$BATS_TEST_TMPDIR/good"
	line=$(($(wc -l <"$S/config") + 1))
	echo 'foo bar' >>"$S/config"
	says 74 "config: line $line: " reeved
	says 74 "config: line $line: " reeve new title
	says 0 "config: line $line: " reeve status
	cp "$BATS_TEST_TMPDIR/good" "$S/config"
	printf '[defaults]\nfrob = 1\n' >>"$S/config"
	says 74 'key "frob" is not known in this section; there are: agent' reeved
	cp "$BATS_TEST_TMPDIR/good" "$S/config"
	start_supervisor
	id=$(new 'before' "$(work hello.txt)" --park)
	echo 'foo bar' >>"$S/config"
	reeve unpark "$id"
	wait_for 20 is_phase "$id" human-review
	wait_for 20 grep -q "the configuration stays as it was: config: line $line" "$BATS_TEST_TMPDIR/reeved.log"
	cp "$BATS_TEST_TMPDIR/good" "$S/config"
	reeve new 'after' --park
}

@test "a ticket file damaged by hand is set aside and named; the others go on; mended, it is back (E-13 X-25)" {
	new 'one' 'true' --park
	new 'two' 'true' --park
	cp "$S/tickets/2/ticket" "$BATS_TEST_TMPDIR/ticket"
	echo junk >"$S/tickets/2/ticket"
	start_supervisor
	says 74 'ticket 2 cannot be read' reeve ls
	says 1 'this is no ticket file' reeve show 2
	says 1 'tickets that cannot be read' reeve status
	says 1 'ticket 2' reeve fsck
	says 1 'ticket 2' reeve unpark 2
	[ "$(new 'three' "$(work hello.txt)")" = 3 ]
	wait_for 20 is_phase 3 human-review
	grep -q 'ticket 2 is set aside' "$BATS_TEST_TMPDIR/reeved.log"
	[ "$(cat "$S/tickets/2/ticket")" = junk ]
	stop_supervisor
	sed 's/^Phase: .*/Phase: done/' "$BATS_TEST_TMPDIR/ticket" >"$S/tickets/2/ticket"
	says 1 "header Phase is 'done', but the history leads to 'parked'" reeve show 2
	says 1 I10 reeve fsck
	cp "$BATS_TEST_TMPDIR/ticket" "$S/tickets/2/ticket"
	start_supervisor
	reeve unpark 2
	[ "$(phase 2)" != parked ]
}

@test "numbers of tickets that are none, or of no ticket: 2 or 1, a sentence, nothing changed (X-7)" {
	for id in abc 1x 0 10000000000 '' ' 1' 1.1 '../1'; do
		for command in show pass park log; do
			says 2 'is no number of a ticket' reeve "$command" "$id"
		done
	done
	says 2 'there is no option -1' reeve show -1
	for command in 'show 99' 'pass 99' 'fail 99 -m x' 'answer 99 -m x' 'park 99' 'unpark 99' 'cancel 99' 'merge 99' 'retry 99' \
		'reopen 99 -m x' 'edit 99 --title x' 'log 99' 'diff 99' 'tail 99' 'attach 99'; do
		# shellcheck disable=SC2086
		says 1 'there is no ticket 99; `reeve ls` lists them' reeve $command
	done
	says 2 'usage: reeve show' reeve show
	says 2 'which ticket?' reeve pass
	[ -z "$(ls "$S/spool/new")" ]
}

@test "a command for another phase is refused with the phase, and changes nothing (A-16 C-2 D-30)" {
	start_supervisor
	new 'works' 'exec sleep infinity'
	new 'parked' 'true' --park
	new 'in review' "$(work hello.txt)"
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 3 human-review
	at_rest() { [ "$(field 3 .episode_state)" = null ]; }
	wait_for 20 at_rest
	before=$(cat "$S"/tickets/{1,2,3}/ticket | sha256sum)
	for command in 'pass 1' 'fail 1 -m x' 'unpark 1' 'merge 1' 'answer 1 -m x' 'retry 1'; do
		# shellcheck disable=SC2086
		says 1 '1 is working now (rev 3)' reeve $command
	done
	for command in 'pass 2' 'fail 2 -m x' 'merge 2' 'answer 2 -m x' 'retry 2'; do
		# shellcheck disable=SC2086
		says 1 '2 is parked now (rev 1)' reeve $command
		says 1 "${command%% *} is for tickets that are: " reeve $command
	done
	for command in 'merge 3' 'answer 3 -m x' 'unpark 3'; do
		# shellcheck disable=SC2086
		says 1 '3 is human-review now' reeve $command
	done
	[ "$(cat "$S"/tickets/{1,2,3}/ticket | sha256sum)" = "$before" ]
	reeve pass 3
	wait_for 20 is_phase 3 done
	for command in 'cancel 3' 'pass 3' 'fail 3 -m x' 'park 3' 'unpark 3' 'answer 3 -m x'; do
		# shellcheck disable=SC2086
		says 1 '3 is done now' reeve $command
	done
	is_phase 3 done
	is_phase 1 working
}
