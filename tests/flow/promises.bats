#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What reeve never does to those who trust it: listen, leak, touch what is not its own, believe a screen.
load world
setup() { world_up; }
teardown() { world_down; }

@test "nothing listens: no socket of the supervisor or a launcher accepts anybody (D-15)" {
	start_supervisor
	new 'runs' 'echo $PPID >'"$BATS_TEST_TMPDIR"'/launcher; exec sleep infinity'
	wait_for 20 is_phase 1 working
	wait_for 20 test -s "$BATS_TEST_TMPDIR/launcher"
	for pid in "$REEVED" "$(cat "$BATS_TEST_TMPDIR/launcher")"; do
		[ -d "/proc/$pid/fd" ]
		for fd in "/proc/$pid/fd"/*; do
			link=$(readlink "$fd") || continue
			case $link in socket:*) ;; *) continue ;; esac
			inode=${link#socket:[}
			inode=${inode%]}
			# of the internet: none at all; of this machine: flag 00010000 is one that listens
			cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null |
				awk -v i="$inode" '$10 == i { bad = 1 } END { exit bad }'
			awk -v i="$inode" '$7 == i && $4 == "00010000" { bad = 1 } END { exit bad }' /proc/net/unix
		done
	done
	[ "$(stat -c %a "$REEVE_STATE")" = 700 ]
	[ -z "$(find "$REEVE_STATE" -path "$REEVE_STATE/worktrees" -prune -o -perm /077 ! -type l -print)" ]
	[ -z "$(find "$REEVE_STATE" -type s)" ]
	stop_supervisor
	chmod 777 "$REEVE_STATE"
	run reeved
	[ "$status" != 0 ]
	[[ $output == *chmod* ]]
	chmod 700 "$REEVE_STATE"
}

@test "addresses of remotes are nobody's business: kept byte for byte, with ports, IPv6 and users (D-16)" {
	git remote add origin 'ssh://git@example.org:2222/a/b.git'
	git remote add six 'https://ann:p%40ss@[2001:db8::1]:8443/a%20b.git'
	git remote add odd 'git@example.org:7999/x.git'
	git config branch.main.remote origin
	git config branch.main.merge refs/heads/main
	git config --get-regexp '^(remote|branch)\.' >"$BATS_TEST_TMPDIR/before"
	start_supervisor
	new 'one' "git remote -v >urls; git add urls; git commit -qm urls; reeve done -m ok"
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	git config --get-regexp '^(remote|branch)\.' >"$BATS_TEST_TMPDIR/after"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	grep -qF 'ssh://git@example.org:2222/a/b.git' urls
	grep -qF 'https://ann:p%40ss@[2001:db8::1]:8443/a%20b.git' urls
	reeve sync # no file comes or goes meanwhile
	run grep -rlF 'p%40ss' "$REEVE_STATE" --exclude-dir=worktrees
	[ "$status" = 1 ]
}

@test "no secret of the environment, the remotes or the worker is written into the state directory (D-42)" {
	git remote add origin 'https://ann:correct-horse@example.org/a.git'
	export API_KEY=battery-staple-1 ANTHROPIC_API_KEY=battery-staple-2 GITHUB_TOKEN=battery-staple-3
	start_supervisor
	new 'ends well' "echo \$REEVE_NONCE >$BATS_TEST_TMPDIR/nonce; $(work a.txt)"
	new 'dies' 'exit 3'
	new 'asks' 'reeve question -m why; exec sleep infinity'
	wait_for 20 is_phase 1 human-review
	wait_for 20 is_phase 2 attention
	wait_for 20 is_phase 3 asking
	reeve cancel 3
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	wait_for 20 is_phase 3 cancelled
	reeve sync
	stop_supervisor
	run grep -rlE 'battery-staple|correct-horse' "$REEVE_STATE" "$HOME"
	[ "$status" = 1 ]
	# the nonce of a finished episode: nothing can be done with it, and it is only where the worker put it
	run grep -rlF "$(cat "$BATS_TEST_TMPDIR/nonce")" "$REEVE_STATE/tickets/1/ticket" "$REEVE_STATE/events.jsonl"
	[ "$status" = 1 ]
}

@test "a late report of a ticket that was taken away: 3 and a sentence, kept, and no alarm (D-57)" {
	start_supervisor
	new 'released' 'env -0 >'"$BATS_TEST_TMPDIR"'/env.new; mv '"$BATS_TEST_TMPDIR/env.new $BATS_TEST_TMPDIR/env"'; exec sleep infinity'
	wait_for 20 test -s "$BATS_TEST_TMPDIR/env"
	wait_for 20 is_phase 1 working
	reeve park 1
	wait_for 20 is_phase 1 parked
	rev=$(field 1 .rev)
	late() (
		while IFS= read -rd '' line; do
			case $line in REEVE_*) export "${line?}" ;; esac
		done <"$BATS_TEST_TMPDIR/env"
		cd "$REEVE_WORKTREE" && reeve done -m 'it is ready'
	)
	run late
	[ "$status" = 3 ]
	[[ $output == *stale* ]]
	[[ $output == *'Stop working'* ]]
	[ "$(printf '%s\n' "$output" | wc -l)" -le 3 ]
	reeve sync # it did not wait for the supervisor to say the same
	[ "$(field 1 .rev)" = "$rev" ]
	[ "$(find "$REEVE_STATE/spool/refused" -name '*.json' | wc -l)" = 1 ]
	run grep ' error: ' "$BATS_TEST_TMPDIR/reeved.log"
	[ "$status" = 1 ]
	reeve fsck --live
}

@test "what stands on a screen is no report: DONE: in the pane changes nothing, and the end says that none came (E-31)" {
	mkfifo "$BATS_TEST_TMPDIR/go"
	start_supervisor
	new 'talks' 'echo "DONE: all tests pass"; echo "{\"reeve\":1,\"ticket\":\"1\",\"kind\":\"DONE\",\"nonce\":\"$REEVE_NONCE\"}"
		echo PASS; [ $REEVE_EPISODE != 1.1 ] || read -r _ <'"$BATS_TEST_TMPDIR"'/go'
	wait_for 20 is_phase 1 working
	shown() { [[ $(reeve tail 1) == *'DONE: all tests pass'* ]]; }
	wait_for 20 shown
	reeve sync
	is_phase 1 working
	[ "$(field 1 .pinned)" = null ]
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase 1 attention
	run reeve status
	[[ $output == *'ended without a report'* ]]
	[[ $(reeve tail 1) == *'DONE: all tests pass'* ]]
}

@test "what has ended is not shown as running, in words or in JSON, also without a supervisor (E-35 C-19)" {
	start_supervisor
	new 'ends' "$(work a.txt)"
	new 'killed' 'echo $PPID >'"$BATS_TEST_TMPDIR"'/launcher; exec sleep infinity'
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	wait_for 20 is_phase 2 working
	wait_for 20 test -s "$BATS_TEST_TMPDIR/launcher"
	stop_supervisor
	kill -KILL "$(cat "$BATS_TEST_TMPDIR/launcher")"
	free() { [[ $(field 2 .blocker.text) != *works* ]]; }
	wait_for 20 free # whatever the ticket's phase says: nobody has judged it
	is_phase 2 working
	[ "$(field 2 .blocker.owner)" = person ]
	run reeve show 2
	[[ $output == *'its worker has ended'* ]]
	[[ $output != *'2.1 works'* ]]
	run reeve show 1
	[[ $output == *'closed '* ]]
	[[ $output != *'waits for'* ]]
	[ "$(field 1 '"\(.blocker.text) \(.episode_state) \(.episodes[0].closed != null)"')" = 'null null true' ]
	run reeve ls --all
	[[ $output != *works* ]]
}

@test "each ticket has its own clean worktree; what others left lying about is not in it (E-37)" {
	echo dirty >>README
	echo stray >stray.txt
	start_supervisor
	mkfifo "$BATS_TEST_TMPDIR/go"
	script='git status --porcelain >'"$BATS_TEST_TMPDIR"'/seen.$REEVE_TICKET.new
		echo mine.$REEVE_TICKET >mine.txt; echo x >>README; pwd >>'"$BATS_TEST_TMPDIR"'/places
		mv '"$BATS_TEST_TMPDIR/seen.\$REEVE_TICKET.new $BATS_TEST_TMPDIR/seen.\$REEVE_TICKET"'
		read -r _ <'"$BATS_TEST_TMPDIR"'/go; exit 1'
	new 'one' "$script"
	wait_for 20 test -e "$BATS_TEST_TMPDIR/seen.1"
	new 'two' "$script"
	wait_for 20 test -e "$BATS_TEST_TMPDIR/seen.2"
	[ ! -s "$BATS_TEST_TMPDIR/seen.1" ]
	[ ! -s "$BATS_TEST_TMPDIR/seen.2" ]
	[ "$(sort -u "$BATS_TEST_TMPDIR/places" | wc -l)" = 2 ]
	[ "$(cat "$REEVE_STATE/worktrees/app/1-one/mine.txt")" = mine.1 ]
	[ "$(cat "$REEVE_STATE/worktrees/app/2-two/mine.txt")" = mine.2 ]
	[ "$(git status --porcelain)" = "$(printf ' M README\n?? stray.txt')" ] # of the person: as it was
	[ "$(cat README)" = "$(printf 'hello\ndirty')" ]
}

@test "numbers are counted when they are asked for: kills, hand edits and restarts cannot make them drift (D-97)" {
	config '[defaults]' 'slots = 2'
	count() { # what status says of itself, and what the tickets say one by one
		reeve status --json >"$BATS_TEST_TMPDIR/status" || [ $? = 1 ]
		reeve ls --json >"$BATS_TEST_TMPDIR/ls"
		[ "$(jq .waiting "$BATS_TEST_TMPDIR/status")" = "$(jq '[.. | .blocker? // empty | select(.needs_person)] |
			(map(select(.global | not)) | length) + (map(.global) | any | if . then 1 else 0 end)' "$BATS_TEST_TMPDIR/ls")" ]
	}
	start_supervisor
	new 'one' 'exec sleep infinity'
	new 'two' 'exec sleep infinity'
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 2 working
	new 'three' "$(work three.txt)"
	reeve sync
	count
	[ "$(field 3 .blocker.text)" = '2 of 2 slots are in use' ]
	stop_supervisor -KILL
	count
	start_supervisor
	reeve cancel 2
	wait_for 20 is_phase 3 human-review
	wait_for 20 ended 3
	reeve sync
	count
	stop_supervisor
	mv "$REEVE_STATE/tickets/3" "$BATS_TEST_TMPDIR/"
	count
	mv "$BATS_TEST_TMPDIR/3" "$REEVE_STATE/tickets/"
	count
	[ "$(jq .waiting "$BATS_TEST_TMPDIR/status")" -ge 1 ]
}

@test "no decision reads the age of a file: touched into the past and the future, all stays as it was (D-87)" {
	start_supervisor
	new 'works' 'exec sleep infinity'
	new 'waits' "$(work a.txt)"
	wait_for 20 is_phase 1 working
	wait_for 20 is_phase 2 human-review
	over() { [ "$(field 2 .episodes[0].closed)" != null ]; }
	wait_for 20 over
	for when in '1971-01-01' '2090-01-01'; do
		sums() { (cd "$REEVE_STATE" && sha256sum tickets/*/ticket events.jsonl); }
		before=$(sums)
		stop_supervisor
		find "$REEVE_STATE" -path "$REEVE_STATE/worktrees" -prune -o -exec touch -h -d "$when" {} +
		start_supervisor
		reeve sync
		[ "$(sums)" = "$before" ]
		[ "$(field 1 '"\(.phase) \(.episode) \(.deaths)"')" = 'working 1.1 0' ]
	done
}

@test "the invariants are checked where it runs: at a start, at each look, and by fsck, live or not (D-91)" {
	start_supervisor
	new 'honest' "$(work a.txt)"
	new 'edited' "$(work b.txt)"
	wait_for 20 is_phase 1 human-review
	wait_for 20 is_phase 2 human-review
	wait_for 20 ended 1
	wait_for 20 ended 2
	reeve fsck --live
	stop_supervisor
	reeve fsck
	# a well-formed file that says what its history does not: somebody passed it with an editor
	sed -i 's/^Phase: human-review$/Phase: approved/' "$REEVE_STATE/tickets/2/ticket"
	run reeve status
	[ "$status" = 1 ]
	[[ $output == *'tickets that cannot be read'*'2  '* ]]
	start_supervisor # names it, leaves it alone, and goes on with the others
	grep -q 'ticket 2 is set aside: ' "$BATS_TEST_TMPDIR/reeved.log"
	reeve pass 1
	wait_for 20 is_phase 1 'done'
	run reeve fsck --live
	[ "$status" = 1 ]
	[[ $output == *'ticket 2'* ]]
	[ "$(reeve status --json | jq -c '.unreadable | map(.ticket)')" = '[2]' ]
	[ ! -e b.txt ]
	sed -i 's/^Phase: approved$/Phase: human-review/' "$REEVE_STATE/tickets/2/ticket"
	reeve sync
	reeve fsck --live
	run reeve status
	[[ $output != *'cannot be read'* ]]
}
