#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Workers that end in every bad way, and what they leave behind.
load world
load crash

setup() {
	world_up
	config '[defaults]' 'grace = 300ms' 'drain = 300ms' 'slots = 8'
	D=$BATS_TEST_TMPDIR
	# once, and before any worker: one that starts reads it while the test goes on
	cat >"$D/daemonise" <<'EOF'
use POSIX;
my ($mark, $file, $clean) = @ARGV;
fork and exit;
setsid;
fork and exit;
POSIX::close($_) for 3 .. 255;
%ENV = () if $clean;
$SIG{$_} = "IGNORE" for qw(HUP TERM);
exec "/usr/bin/perl", "-e", 'open F, ">", "$ARGV[1].new"; print F "$$\n"; close F; rename "$ARGV[1].new", $ARGV[1]; use POSIX; POSIX::pause()', $mark, $file;
EOF
	start_supervisor
}
teardown() {
	# what shall not be found by its environment is known by its pid, and by its command line
	local file pid
	for file in "$D"/daemon[0-9]; do
		[ -s "$file" ] || continue
		read -r pid <"$file"
		if is_daemon "$pid"; then
			kill -KILL "$pid" || :
		fi
	done
	world_down
}

is_daemon() {
	grep -qzxsF "hazard=$BATS_TEST_TMPDIR" "/proc/$1/cmdline"
}

is_gone() {
	! is_daemon "$(cat "$1")"
}

# A worker that dies in its first episode in the way of the script $1, and works in its second one.
dies_once() {
	printf 'echo "$REEVE_EPISODE" >>%q/starts; echo $PPID >%q/launcher.$REEVE_EPISODE; if [ "$REEVE_EPISODE" = "$REEVE_TICKET.1" ]; then %s; fi; %s' \
		"$D" "$D" "$1" "$(work "$2")"
}

# daemon FILE [clean]: a command that leaves a process of its own session behind, its pid in FILE, with no
# descriptor but the three; clean: and with nothing in its environment that says whose it is.
daemon() {
	printf 'perl %s/daemonise hazard=%s %s %s; until [ -s %s ]; do :; done' "$D" "$D" "$1" "${2:-}" "$1"
}

retried() {
	wait_for 15 in_phase "$1" human-review
	[ "$(field "$1" .episode)" = "$1.2" ]
	[ "$(field "$1" .deaths)" = 0 ]
	[ "$(steps "$1" DONE)" = 1 ]
	[ -z "$(sort "$D/starts" | uniq -d)" ]
}

@test "SIGKILL of the agent, of the launcher, of its group, of the window: one retry each (C-5 C-6 D-24 X-21)" {
	new 'agent' "$(dies_once 'kill -KILL $$' a)"
	new 'launcher' "$(dies_once 'kill -KILL $PPID; sleep infinity' b)"
	new 'group' "$(dies_once 'kill -KILL 0' c)"
	new 'window' "$(dies_once 'sleep infinity' d)"
	new 'all at once' "$(dies_once 'kill -KILL $PPID $$' e)"
	wait_for 10 test -s "$D/launcher.4.1"
	wait_for 10 in_phase 4 working
	tmux -S "$SOCKET" kill-window -t "$(tmux -S "$SOCKET" list-panes -a -F '#{pane_pid} #{window_id}' |
		sed -n "s/^$(cat "$D/launcher.4.1") //p")"
	for id in 1 2 3 4 5; do
		retried "$id"
	done
	[ "$(jq -r .status "$REEVE_STATE"/tickets/[1-5]/episodes/1/outcome.json | sort -u)" = died ]
	reeve fsck --live
}

@test "the tmux server killed under six workers: all judged by their locks, all retried (X-21 D-23)" {
	for id in 1 2 3 4 5 6; do
		new "number $id" "$(dies_once 'sleep infinity' "f$id")"
	done
	for id in 1 2 3 4 5 6; do
		wait_for 10 in_phase "$id" working
	done
	tmux -S "$SOCKET" kill-server
	for id in 1 2 3 4 5 6; do
		retried "$id"
	done
	reeve fsck --live
}

@test "what an agent daemonised is ended with it; a cleared environment does not help it (X-19 D-9)" {
	new 'tagged' "$(daemon "$D/daemon1"); $(work a)"
	new 'clean' "$(daemon "$D/daemon2" clean); $(work b)"
	new 'clean, dies' "$(dies_once "$(daemon "$D/daemon3" clean); exit 1" c)"
	wait_for 10 in_phase 1 human-review
	wait_for 10 in_phase 2 human-review
	retried 3
	for n in 1 2 3; do
		wait_for 10 is_gone "$D/daemon$n"
	done
	wait_for 10 test -s "$REEVE_STATE/tickets/2/episodes/1/exit.json"
	[ "$(jq .leftovers "$REEVE_STATE/tickets/2/episodes/1/exit.json")" -ge 1 ]
}

@test "what outlives its killed launcher is ended before the next start (X-19 D-82 D-80)" {
	# one that is dead, and that init has not reaped yet, does not live
	overlap='for f in '"$D"'/daemon[0-9]; do if grep -q "^State:[^Z]*$" "/proc/$(cat "$f")/status"; then touch '"$D"'/overlap; fi; done 2>/dev/null; '
	# by the inherited lock: in another session, all else as it was
	new 'lock' "$(dies_once "setsid sh -c 'trap \"\" TERM HUP; echo \$\$ >$D/daemon1; sleep infinity; : hazard' & until [ -s $D/daemon1 ]; do :; done; kill -KILL \$PPID; sleep infinity" a)"
	# by its tag: the lock's descriptor is closed
	new 'tag' "$(dies_once "$(daemon "$D/daemon2"); kill -KILL \$PPID; sleep infinity" b | sed "s#echo text#$overlap echo text#")"
	retried 1
	retried 2
	[ ! -e "$D/overlap" ]
	not grep -qs '^State:[^Z]*$' "/proc/$(cat "$D/daemon1")/status"
	is_gone "$D/daemon2"
}

@test "DONE, and it goes on: stopped after the drain, and what it says then is refused (D-79 D-80 C-19)" {
	config '[defaults]' 'drain = 5s' # long enough for its next words
	new 'goes on' "$(work a); reeve question -m 'more?' 2>$D/said; echo \$? >$D/rc; trap '' TERM; exec sleep infinity"
	wait_for 10 in_phase 1 human-review
	wait_for 10 test -s "$D/rc"
	[ "$(cat "$D/rc")" = 3 ]
	wait_for 10 test -e "$REEVE_STATE/tickets/1/episodes/1/outcome.json"
	wait_for 5 has_no_worker 1
	in_phase 1 human-review
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(steps 1 expired)" = 1 ]
	[ "$(steps 1 QUESTION)" = 0 ]
	grep -q '^reason: after-terminal' "$REEVE_STATE"/spool/refused/*.why
}

@test "DONE from a child, after the agent itself has ended: counted (D-9 D-63 C-10)" {
	config '[defaults]' 'grace = 10s'
	# without a tool: the launcher tells all that is left to end, and what a tool starts would do so
	new 'late child' "echo x >f; git add f; git commit -qm f; commit=\$(git rev-parse HEAD)
		(trap '' TERM HUP; touch $D/deaf; while kill -0 \$\$ 2>/dev/null; do :; done
		printf '{\"ticket\":\"1\",\"kind\":\"DONE\",\"nonce\":\"%s\",\"commit\":\"%s\"}' \$REEVE_NONCE \$commit >\$REEVE_STATE/spool/tmp/late
		mv \$REEVE_STATE/spool/tmp/late \$REEVE_STATE/spool/new/late.json) &
		until [ -e $D/deaf ]; do :; done; exit 0"
	wait_for 10 in_phase 1 human-review
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(steps 1 DONE)" = 1 ]
	[ "$(field 1 .episode)" = 1.1 ]
}

@test "DONE and SIGKILL in the same instant, thirty times: a report, never a death (C-10 D-63 D-9)" {
	raw='printf "{\"ticket\":\"%s\",\"kind\":\"DONE\",\"nonce\":\"%s\",\"commit\":\"%s\"}" "$REEVE_TICKET" "$REEVE_NONCE" "$(git rev-parse HEAD)" >"$REEVE_STATE/spool/tmp/$REEVE_EPISODE"'
	make='echo x >"f$REEVE_TICKET"; git add .; git commit -qm f'
	for ((i = 1; i <= 30; i++)); do
		case $((i % 3)) in
		0) new "tool $i" "$make; reeve done -m ok; kill -KILL \$PPID" ;;
		1) new "raw $i" "$make; $raw; mv \"\$REEVE_STATE/spool/tmp/\$REEVE_EPISODE\" \"\$REEVE_STATE/spool/new/\$REEVE_EPISODE.json\"; kill -KILL \$PPID" ;;
		2) new "direct $i" "$make; $raw; exec perl -e 'rename \$ARGV[0], \$ARGV[1]; kill KILL => getppid, \$\$' \"\$REEVE_STATE/spool/tmp/\$REEVE_EPISODE\" \"\$REEVE_STATE/spool/new/\$REEVE_EPISODE.json\"" ;;
		esac
	done
	for ((i = 1; i <= 30; i++)); do
		wait_for 15 in_phase "$i" human-review
		[ "$(steps "$i" DONE)" = 1 ]
		[ "$(steps "$i" started)" = 1 ]
	done
	reeve sync
	not grep -l '^Deaths: [1-9]' "$REEVE_STATE"/tickets/*/ticket
	reeve fsck --live
}
