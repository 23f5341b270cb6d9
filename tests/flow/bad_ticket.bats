#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Ticket files and directories that a hand edits, damages or takes away, before the start and under the real
# supervisor.
load world
load bad
setup() {
	world_up
	S=$REEVE_STATE
}
teardown() { world_down; }

rev() { field "$1" .rev; }
said() { grep -q "$1" "$BATS_TEST_TMPDIR/reeved.log"; }
has_rev() { [ "$(rev "$1")" = "$2" ]; }

@test "title, priority and text edited with an editor: fsck tells, sync makes a revision, at the start as well (E-13 X-25)" {
	new 'one' 'true' --park
	new 'two' 'true' --park
	sed -i 's/^Title: one$/Title: by hand/' "$S/tickets/1/ticket"
	says 0 'by hand' reeve ls
	says 0 'by hand' reeve show 1
	says 1 'I10 ticket 1: its title or description was edited by hand, and that is not yet taken; `reeve sync`' reeve fsck
	[ "$(rev 1)" = 1 ]
	start_supervisor
	wait_for 10 has_rev 1 2
	reeve fsck
	# under it: renamed over, and in place
	sed -i 's/^| true$/| more\n|\n| words/' "$S/tickets/1/ticket"
	reeve sync
	[ "$(rev 1)" = 3 ]
	reeve show 1 | grep -q words
	sed 's/^Merge: \(.*\)/Merge: \1\nPriority: 9/' "$S/tickets/1/ticket" >"$BATS_TEST_TMPDIR/edited"
	cat "$BATS_TEST_TMPDIR/edited" >"$S/tickets/1/ticket"
	reeve sync
	[ "$(rev 1)" = 4 ]
	[ "$(field 1 .priority)" = 9 ]
	reeve log 1 | grep -q 'hand'
	# a command that comes before anybody looked finds the edit taken first
	sed -i 's/^Title: two$/Title: changed/' "$S/tickets/2/ticket"
	reeve unpark 2 || reeve unpark 2
	[ "$(field 2 .title)" = changed ]
	[ "$(phase 2)" != parked ]
	stop_supervisor
	reeve fsck
}

@test "damage of every kind, at the start and under a running supervisor: named, left, mended; the others go on (E-13 X-14 X-25)" {
	local i n=14
	for ((i = 1; i <= n; i++)); do
		new "ticket $i" 'true' --park
		cp "$S/tickets/$i/ticket" "$BATS_TEST_TMPDIR/good.$i"
	done
	damage() {
		local T=$S/tickets
		sed -i 's/^Phase: parked/Phase: asleep/' "$T/1/ticket"
		sed -i 's/^Id: 2/Id: 2\nMood: good/' "$T/2/ticket"
		sed -i 's/^Want: park/Want: park\nWant: run/' "$T/3/ticket"
		sed -i 's/^Rev: .*/Rev: 7/' "$T/4/ticket"
		sed -i 's/ create none>parked/ create none>ready/' "$T/5/ticket"
		sed -i 's/^reeve-ticket 1/reeve-ticket 3/' "$T/6/ticket"
		truncate -s 100 "$T/7/ticket"
		truncate -s 0 "$T/8/ticket"
		truncate -s 300 "$T/9/ticket" && truncate -s 400 "$T/9/ticket"
		head -c 12582912 /dev/zero | tr '\0' x >"$T/10/ticket"
		rm "$T/11/ticket" && ln -s ../1/ticket "$T/11/ticket"
		rm "$T/12/ticket" && mkdir "$T/12/ticket"
		rm "$T/13/ticket" && mkfifo "$T/13/ticket"
		rm "$T/14/ticket"
	}
	named() {
		for ((i = 1; i <= n; i++)); do
			said "ticket $i is set aside: " || return 1
		done
	}
	mend() {
		for ((i = 1; i <= n; i++)); do
			rm -rf "$S/tickets/$i/ticket"
			cp "$BATS_TEST_TMPDIR/good.$i" "$S/tickets/$i/ticket"
		done
	}
	works() {
		id=$(new 'goes on' "$(work hello.txt)")
		wait_for 20 is_phase "$id" human-review
	}
	damage
	start_supervisor
	wait_for 10 named
	works
	says 1 'tickets that cannot be read' reeve status
	for ((i = 1; i <= n; i++)); do
		says 74 "ticket $i cannot be read" reeve ls
		says 1 "ticket $i" reeve fsck
		says 1 "ticket $i" reeve unpark "$i"
	done
	mend
	reeve sync
	for ((i = 1; i <= n; i++)); do
		reeve edit "$i" --title "mended $i"
		cp "$S/tickets/$i/ticket" "$BATS_TEST_TMPDIR/good.$i"
	done
	: >"$BATS_TEST_TMPDIR/reeved.log"
	damage
	# commands that were on their way wait for the mended file
	freeze "$REEVED"
	mend
	for ((i = 1; i <= n; i++)); do
		reeve edit "$i" --title "again $i" --no-wait
	done
	damage
	kill -CONT "$REEVED"
	wait_for 10 named
	works
	[ "$(stat -c %s "$S/tickets/10/ticket")" = 12582912 ]
	[ -L "$S/tickets/11/ticket" ]
	cmp "$S/tickets/8/ticket.last-good" "$BATS_TEST_TMPDIR/good.8"
	[ ! -e "$S/tickets/14/ticket.last-good" ] # a directory that is being removed stays so
	mend
	reeve sync
	for ((i = 1; i <= n; i++)); do
		[ "$(field "$i" .title)" = "again $i" ]
	done
	stop_supervisor
	[ -z "$(find "$S/tickets" -name 'ticket.last-good')" ]
	reeve fsck
}

@test "the directory of a ticket goes, with a live worker and without, and comes back (E-13)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	new 'works' "read -r _ <$BATS_TEST_TMPDIR/go; $(work hello.txt)"
	new 'parked' 'true' --park
	new 'last' 'true' --park
	wait_for 20 is_phase 1 working
	wait_for 20 test -e "$S/tickets/1/episodes/1/running" # its launcher writes nothing more
	mv "$S/tickets/1" "$BATS_TEST_TMPDIR/one"
	mv "$S/tickets/2" "$BATS_TEST_TMPDIR/two"
	rm -rf "$S/tickets/3"
	reeve sync
	said 'ticket 1 is set aside: its directory .* is gone'
	said 'ticket 2 is set aside'
	said 'ticket 3 is set aside'
	says 1 'there is no ticket 3' reeve show 3
	# whose worker lives is told of; the others are gone
	says 1 'ticket 1: its directory' reeve show 1
	run -1 reeve status
	[[ $output == *"1  its directory $S/tickets/1 is gone, and its worker lives on: put the directory back"* ]]
	[ "$(reeve status --json | jq -c '[.unreadable[].ticket]')" = '[1]' ]
	[ "$(new 'goes on' "$(work other.txt)")" = 4 ]
	wait_for 20 is_phase 4 human-review
	[ ! -e "$S/tickets/1" ] && [ ! -e "$S/tickets/2" ] && [ ! -e "$S/tickets/3" ]
	mv "$BATS_TEST_TMPDIR/one" "$S/tickets/1"
	mv "$BATS_TEST_TMPDIR/two" "$S/tickets/2"
	timeout 60 sh -c "echo >$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	[ "$(field 1 .episode)" = 1.1 ]
	[ "$(field 1 .deaths)" = 0 ]
	reeve unpark 2
	[ "$(phase 2)" != parked ]
	# a new supervisor does not give the number again, either
	rm -rf "$S/tickets/4"
	stop_supervisor
	start_supervisor
	[ "$(new 'next' 'true' --park)" = 5 ]
	kill -0 "$REEVED"
}

@test "the directory of an episode goes under its worker: said, the worker goes on, its report counts (E-13)" {
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/go2"
	new 'put back' "read -r _ <$BATS_TEST_TMPDIR/go; $(work hello.txt)"
	new 'gone for good' "read -r _ <$BATS_TEST_TMPDIR/go2; $(work other.txt)"
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 2 working
	wait_for 20 test -e "$S/tickets/1/episodes/1/running"
	wait_for 20 test -e "$S/tickets/2/episodes/1/running"
	wait_for 20 test -e "$S/tickets/2/episodes/1/pane.log" # nor does its recorder
	mv "$S/tickets/1/episodes/1" "$BATS_TEST_TMPDIR/away"
	rm -rf "$S/tickets/2/episodes/1"
	reeve sync
	said 'ticket 1: its directory episodes/1 is gone'
	said 'ticket 2: its directory episodes/1 is gone'
	says 0 working reeve show 1
	new 'third' "$(work other.txt)"
	wait_for 20 is_phase 3 human-review
	mv "$BATS_TEST_TMPDIR/away" "$S/tickets/1/episodes/1"
	timeout 60 sh -c "echo >$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 human-review
	timeout 60 sh -c "echo >$BATS_TEST_TMPDIR/go2"
	wait_for 20 is_phase 2 human-review
	closed() { reeve sync && [ "$(field "$1" .episode_state)" = null ]; }
	wait_for 20 closed 1
	wait_for 20 closed 2
	for id in 1 2; do
		[ "$(field $id .episode)" = "$id.1" ]
		[ "$(field $id .deaths)" = 0 ]
	done
	kill -0 "$REEVED"
}

@test "spool/new, events.jsonl and the configuration go under a running supervisor (C-17)" {
	start_supervisor
	new 'one' 'true' --park
	reeve sync
	rm -rf "$S/spool/new"
	reeve sync || :
	mkdir -m 700 "$S/spool/new"
	rm "$S/events.jsonl"
	mv "$S/config" "$BATS_TEST_TMPDIR/config"
	reeve sync
	kill -0 "$REEVED"
	said 'the configuration stays as it was: cannot open config'
	mv "$BATS_TEST_TMPDIR/config" "$S/config"
	id=$(new 'two' "$(work hello.txt)")
	wait_for 20 is_phase "$id" human-review
	[ -s "$S/events.jsonl" ]
	kill -0 "$REEVED"
	stop_supervisor
	reeve fsck
}
