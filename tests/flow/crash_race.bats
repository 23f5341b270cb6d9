#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Many at once: commands, verdicts, supervisors, switches, floods.
load world
load crash

setup() {
	world_up
	config '[defaults]' 'grace = 200ms' 'drain = 300ms'
	D=$BATS_TEST_TMPDIR
	jobs=()
}

# A supervisor that `up -d` started is no child of ours.
teardown() {
	[ -z "${HOLDER:-}" ] || kill "$HOLDER" 2>/dev/null || :
	reeve down >/dev/null 2>&1 || :
	world_down
}

# go COMMAND...: in the background; its output and status in $D/job.N
go() {
	local n=${#jobs[@]}
	(
		rc=0
		"$@" >"$D/job.$n" 2>&1 || rc=$?
		echo "$rc" >"$D/rc.$n"
	) 3>&- &
	jobs+=($!)
}

go_wait() {
	wait "${jobs[@]}"
}

# How many of the jobs had this exit status.
count_rc() {
	cat "$D"/rc.* | grep -cx "$1" || :
}

eight_news() {
	jobs=()
	for i in 1 2 3 4 5 6 7 8; do
		go reeve new "$1 $i" --park
	done
	go_wait
	[ "$(count_rc 0)" = 8 ]
	[ "$(cat "$D"/job.? | sort -u | grep -cx '[0-9]*')" = 8 ]
	[ "$(grep -lx "Title: $1 [1-8]" "$REEVE_STATE"/tickets/*/ticket | wc -l)" = 8 ]
}

@test "eight times reeve new at once, with a supervisor and without: eight tickets (C-1 D-65 E-3)" {
	eight_news without
	start_supervisor
	eight_news with
	reeve sync # filed away, too
	[ "$(ls "$REEVE_STATE/tickets" | wc -l)" = 16 ]
	[ -z "$(ls "$REEVE_STATE/spool/new")" ]
	reeve fsck --live
}

@test "twenty notes of one worker at once: all are kept, DONE comes after them (E-19 D-71)" {
	start_supervisor
	new 'notes' "i=0; while [ \$i -lt 20 ]; do reeve note -m \"note \$i\" & i=\$((i + 1)); done; wait; $(work a)"
	wait_for 15 in_phase 1 human-review
	[ "$(steps 1 NOTE)" = 20 ]
	[ "$(grep -c '^	| note [0-9]*$' "$REEVE_STATE/tickets/1/ticket")" = 20 ]
	reeve fsck --live
}

@test "two passes and a fail at once, each for the revision it saw: one wins (E-27 E-28 D-71)" {
	start_supervisor
	config '[defaults]' 'merge = manual'
	for ((i = 1; i <= 5; i++)); do
		new "judged $i" "if [ \$REEVE_EPISODE = $i.1 ]; then $(work "f$i"); else sleep infinity; fi" --merge manual
	done
	for ((i = 1; i <= 5; i++)); do
		wait_for 10 in_phase "$i" human-review
		wait_for 10 test -e "$REEVE_STATE/tickets/$i/episodes/1/outcome.json"
	done
	reeve sync
	for ((i = 1; i <= 5; i++)); do
		rev=$(sed -n '3s/Rev: //p' "$REEVE_STATE/tickets/$i/ticket")
		jobs=()
		go reeve pass "$i" --expect "$rev"
		go reeve fail "$i" -m 'no' --expect "$rev"
		go reeve pass "$i" --expect "$rev"
		go_wait
		[ "$(count_rc 0)" = 1 ]
		[ "$(count_rc 1)" = 2 ]
		[ $(($(steps "$i" pass) + $(steps "$i" fail))) = 1 ]
	done
}

@test "reeve up -d twice at once: one supervisor, the other says so (C-1 X-20)" {
	for ((i = 0; i < 5; i++)); do
		jobs=()
		go reeve up -d
		go reeve up -d
		go_wait
		[ "$(count_rc 0)" = 1 ]
		[ "$(count_rc 75)" = 1 ]
		grep -hq 'another supervisor runs' "$D"/job.?
		grep -hq 'supervisor runs: pid' "$D"/job.?
		reeve down
	done
}

@test "reeve up -d among commands that decide without a supervisor, and right after kill -9: it waits for them, and starts (C-1 X-20)" {
	for ((i = 0; i < 5; i++)); do
		jobs=()
		for ((k = 0; k < 4; k++)); do
			go reeve new "new $i $k" --park
		done
		reeve up -d
		go_wait
		[ "$(count_rc 0)" = 4 ]
		kill -KILL "$(sed -n 's/^pid \([0-9]*\) .*/\1/p' "$REEVE_STATE/LOCK")"
	done
	reeve up -d
	reeve down
	[ "$(find "$REEVE_STATE/tickets" -name ticket | wc -l)" = 20 ]
	reeve fsck --live
}

# Holds LOCK, as who only decides, until "$HOLDER" is ended.
hold_lock() {
	# struct flock, and F_OFD_SETLK
	perl -e 'my $lock = pack("s s x4 q q l x4", 1, 0, 0, 0, 0);
		open(my $f, "+>>", $ARGV[0]) or die; fcntl($f, 37, $lock) or die;
		open(my $s, "<", "/proc/$$/stat") or die; my @of = split(" ", <$s>);
		truncate($f, 0); syswrite($f, "pid $$ start $of[21] boot $ARGV[1] time now once\n"); sleep' \
		"$REEVE_STATE/LOCK" "$(cat /proc/sys/kernel/random/boot_id)" 3>&- &
	HOLDER=$!
	wait_for 9 grep -qsx "pid $HOLDER .* once" "$REEVE_STATE/LOCK"
}
waits_for_lock() {
	grep -q -- "-> OFDLCK .*:$(stat -c %i "$REEVE_STATE/LOCK") " /proc/locks
}

@test "a supervisor that waits for LOCK ends when it is told to; down leaves who only decides alone (X-20)" {
	hold_lock
	run reeve down
	[ "$status" = 1 ]
	[[ $output == *'no supervisor is running'* ]]
	for signal in TERM INT; do
		# a command in the background ignores SIGINT, unless it is told otherwise
		env --default-signal=INT reeved 2>>"$D/reeved.log" 3>&- &
		REEVED=$!
		wait_for 9 waits_for_lock
		kill -"$signal" "$REEVED"
		rc=0
		wait "$REEVED" || rc=$?
		[ "$rc" = $((128 + $(kill -l "$signal"))) ]
	done
	kill "$HOLDER"
	wait "$HOLDER" || :
	start_supervisor
	stop_supervisor
}

@test "commands while a supervisor comes and goes: every one is applied once (X-20 E-41)" {
	(for ((i = 0; i < 6; i++)); do
		reeve up -d || :
		reeve down || :
	done) >"$D/updown" 2>&1 3>&- &
	other=$!
	for ((i = 1; i <= 20; i++)); do
		id=$(reeve new "number $i" --park)
		[ "$id" = "$i" ]
		reeve edit "$id" --priority 1
	done
	wait "$other"
	reeve sync
	[ "$(grep -lx 'Priority: 1' "$REEVE_STATE"/tickets/*/ticket | wc -l)" = 20 ]
	[ -z "$(ls "$REEVE_STATE/spool/new")" ]
	reeve fsck
}

# --- the switches ---

@test "halt and resume fifty times while tickets start: never a claim while halted, all finish (C-4 C-15 C-16)" {
	start_supervisor
	for ((i = 1; i <= 6; i++)); do
		new "number $i" "$(counted "f$i")"
	done
	for ((i = 0; i < 50; i++)); do
		reeve halt >/dev/null
		before=$(compgen -G "$REEVE_STATE/tickets/*/episodes/*/claimed" | wc -l)
		reeve sync
		# who looked at the switch before it was there may still claim: after the sync, nobody
		held=$(compgen -G "$REEVE_STATE/tickets/*/episodes/*/claimed" | wc -l)
		reeve sync
		[ "$(compgen -G "$REEVE_STATE/tickets/*/episodes/*/claimed" | wc -l)" = "$held" ]
		[ "$((held - before))" -le 4 ]
		not compgen -G "$REEVE_STATE/tickets/*/episodes/*/token"
		reeve resume >/dev/null
	done
	for ((i = 1; i <= 6; i++)); do
		wait_for 15 in_phase "$i" human-review
		[ "$(grep -c "^$i\\." "$D/starts")" = 1 ]
		[ "$(field "$i" .deaths)" = 0 ]
	done
	only_two_watches() { [ "$(cat "/proc/$REEVED/fdinfo"/* | grep -c '^inotify')" = 2 ]; }
	wait_for 5 only_two_watches
	reeve fsck --live
}

@test "park and unpark of a running ticket, ten times at once: one worker at a time, none left (E-4 E-8 D-82)" {
	start_supervisor
	# whatever of it lives holds the lock, however it is ended
	new 'parked' "exec 9>$D/lock; flock -n 9 || touch $D/overlap; echo x >>$D/starts; trap 'exit 0' TERM; sleep infinity & wait"
	wait_for 10 in_phase 1 working
	for ((i = 0; i < 10; i++)); do
		jobs=()
		go reeve park 1
		go reeve unpark 1
		go reeve park 1
		go_wait
		[ "$((i % 3))" != 0 ] || reeve unpark 1 || :
	done
	reeve park 1 || :
	wait_for 10 in_phase 1 parked
	wait_for 5 has_no_worker 1
	[ ! -e "$D/overlap" ]
	[ "$(field 1 .deaths)" = 0 ]
	reeve cancel 1
	wait_for 5 in_phase 1 cancelled
	reeve fsck --live
}

@test "cancel in every moment of a ticket's life ends in cancelled or done, with no worker (E-8 A-1 D-66)" {
	start_supervisor
	id=0
	for when in ready starting working human-review approved merging; do
		for ((k = 0; k < 3; k++)); do
			new "cancel at $when $k" "$(work "$when$k"); for n in \$(seq 1 ${k}0000); do :; done" >/dev/null
			id=$((id + 1))
			case $when in
			approved | merging)
				wait_for 10 in_phase "$id" human-review
				reeve pass "$id" --no-wait >/dev/null
				;;
			*) until_seen grep -qxE "Phase: ($when|human-review)" "$REEVE_STATE/tickets/$id/ticket" ;;
			esac
			# refused: it lands just now, or has
			reeve cancel "$id" >/dev/null 2>&1 ||
				grep -qxE 'Phase: (merging|done)' "$REEVE_STATE/tickets/$id/ticket"
		done
	done
	for ((i = 1; i <= id; i++)); do
		wait_for 10 grep -qxE 'Phase: (cancelled|done)' "$REEVE_STATE/tickets/$i/ticket"
		wait_for 5 has_no_worker "$i"
		if in_phase "$i" cancelled; then
			[ -z "$(git log --merges --format=%H --grep="^Ticket: $i\$" main)" ]
		else
			[ "$(git log --merges --format=%H --grep="^Ticket: $i\$" main | wc -l)" = 1 ]
		fi
	done
	reeve sync
	[ -z "$(git status --porcelain)" ]
	reeve fsck --live
}

# --- floods, and a spool that goes away ---

rss_kb() {
	awk '/^RssAnon/ { print $2 }' "/proc/$REEVED/status"
}

@test "two thousand notes of a broken worker: another ticket's DONE is not behind them (X-26 D-10 B-3)" {
	start_supervisor
	mkfifo "$D/go1" "$D/go2"
	new 'other' "read -r _ <$D/go1; $(work other)"
	new 'flood' "read -r _ <$D/go2; i=0; while [ \$i -lt 2000 ]; do i=\$((i + 1))
		printf '{\"ticket\":\"2\",\"kind\":\"NOTE\",\"nonce\":\"%s\",\"body\":\"%d\"}' \$REEVE_NONCE \$i >\$REEVE_STATE/spool/new/20260101T000000Z.2.1.\$i.json
		done; touch $D/flooded; sleep infinity"
	wait_for 10 in_phase 1 working
	wait_for 10 in_phase 2 working
	freeze "$REEVED"
	echo go >"$D/go2"
	wait_for 20 test -e "$D/flooded"
	echo go >"$D/go1"
	wait_for 10 compgen -G "$REEVE_STATE/spool/new/*Z.1.1.*.json"
	kill -CONT "$REEVED"
	wait_for 20 in_phase 1 human-review
	all_filed() { [ -z "$(ls "$REEVE_STATE/spool/new")" ]; }
	wait_for 30 all_filed
	[ "$(find "$REEVE_STATE/spool/done" "$REEVE_STATE/spool/refused" -name '*Z.2.1.*.json' | wc -l)" = 2000 ]
	# events.jsonl is in the order of the decisions
	after=$(sed -n '/"DONE"/,$p' "$REEVE_STATE/events.jsonl" | grep -c '"NOTE"' || :)
	echo "# $after notes were decided after DONE"
	[ "$after" -ge 500 ]
	# what a sanitizer keeps says nothing
	grep -q libasan "/proc/$REEVED/maps" || [ "$(rss_kb)" -lt 20000 ]
	reeve cancel 2
}

@test "spool/new removed, moved away with its spool, and made anew: signals are found (X-3 X-2)" {
	start_supervisor
	reeve new one --park
	mv "$REEVE_STATE/spool/new" "$D/away"
	mkdir -m 700 "$REEVE_STATE/spool/new"
	kill -HUP "$REEVED"
	[ "$(reeve new two --park)" = 2 ]
	[ "$(reeve new three --park)" = 3 ]
	mv "$REEVE_STATE/spool" "$D/old"
	cp -a "$D/old" "$REEVE_STATE/spool"
	kill -HUP "$REEVED"
	reeve sync
	[ "$(reeve new four --park)" = 4 ]
	rmdir "$REEVE_STATE/spool/new"
	kill -HUP "$REEVED"
	mkdir -m 700 "$REEVE_STATE/spool/new"
	kill -HUP "$REEVED"
	[ "$(reeve new five --park)" = 5 ]
	is_running
	stop_supervisor
	reeve fsck
}

@test "the inotify queue overflows: nothing is missed (X-1)" {
	start_supervisor
	limit=$(</proc/sys/fs/inotify/max_queued_events)
	freeze "$REEVED"
	# more events than the queue takes, about files that go again
	perl -e 'chdir $ARGV[0]; for (1 .. $ARGV[1] / 2 + 100) { open F, ">", "x"; close F; unlink "x"; open F, ">", "y"; close F; unlink "y" }' \
		"$REEVE_STATE/control" "$limit"
	reeve new hidden --park --no-wait
	kill -CONT "$REEVED"
	wait_for 10 test -e "$REEVE_STATE/tickets/1/ticket"
	[ "$(reeve new seen --park)" = 2 ]
}
