#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve fsck on a store that has worked: clean with everything that it can look at; and each damage of a
# repository, of what runs and of what is shown has exactly its finding, with what to do about it.
bats_require_minimum_version 1.5.0
load world

setup() {
	world_up
}

teardown() {
	world_down
}

# found INVARIANT WORDS [OPTION...]: exactly one finding, and it is this one
found() {
	local invariant=$1 words=$2
	shift 2
	run -1 reeve fsck --json "$@"
	[ "$(jq length <<<"$output")" = 1 ] || { echo "$output"; return 1; }
	[ "$(jq -r '.[0].invariant' <<<"$output")" = "$invariant" ] || { echo "$output"; return 1; }
	[[ $(jq -r '.[0].text' <<<"$output") == *"$words"* ]] || { echo "$output"; return 1; }
	[ "$(jq -r '.[0].next | length > 10' <<<"$output")" = true ]
}

all_clean() {
	run -0 reeve fsck --live --git
	[ "$output" = clean ] || { echo "$output"; return 1; }
	[ "$(reeve fsck --live --git --json)" = '[]' ]
}

# inert TEXT: nothing in it that a terminal obeys (ESC, C1, DEL, bidi) but line ends
inert() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' <<<"$1"
}

# A worker that works until it is told to end; it has told that it began.
stay() {
	printf 'touch %q && exec tail -f /dev/null' "$BATS_TEST_TMPDIR/began"
}

has_began() {
	[ -e "$BATS_TEST_TMPDIR/began" ]
}

@test "a day's work is clean in every respect; each fault of the repository is one finding (I15 I16 I17 E-26 E-37)" {
	start_supervisor
	landed=$(new landed "$(work a.txt)" --review none)
	delivered=$(new delivered "$(work b.txt)")
	wait_for 20 is_phase "$landed" done
	wait_for 20 is_phase "$delivered" human-review
	wait_for 20 ended "$delivered"
	working=$(new working "$(stay)")
	wait_for 20 has_began
	wait_for 20 is_phase "$working" working
	reeve sync
	all_clean

	# the commit that was reported is kept by its ref
	oid=$(field "$delivered" .pinned)
	git -C "$REPO" update-ref -d "refs/reeve/$delivered/1"
	run -1 reeve fsck --git
	[[ $output == *"I15 ticket $delivered: refs/reeve/$delivered/1"*'is not there'* ]]
	[[ $output == *"I16 episode $delivered.1: outcome.json names refs/reeve/$delivered/1"* ]]
	[[ $output != *clean* ]]
	git -C "$REPO" update-ref "refs/reeve/$delivered/1" "$oid"
	all_clean

	# what is done is in its target
	tip=$(git -C "$REPO" rev-parse main)
	git -C "$REPO" update-ref refs/heads/main "$(git -C "$REPO" rev-list --max-parents=0 main)"
	found I15 "ticket $landed is done, and the branch main" --git
	git -C "$REPO" update-ref refs/heads/main "$tip"
	all_clean

	# who works has his worktree, on his branch
	tree=$(field "$working" .worktree)
	git -C "$tree" checkout -q -b elsewhere
	found I17 'its worktree is on the branch elsewhere' --git
	git -C "$tree" checkout -q "$(field "$working" .branch)"
	git -C "$tree" checkout -q --detach
	all_clean
	git -C "$tree" checkout -q "$(field "$working" .branch)"

	# nothing of ours without a ticket
	git -C "$REPO" branch reeve/99-gone
	found I17 'refs/heads/reeve/99-gone, which belongs to no ticket' --git
	git -C "$REPO" branch -q -D reeve/99-gone
	git -C "$REPO" update-ref refs/reeve/99/1 main
	found I17 'refs/reeve/99/1, which belongs to no ticket' --git
	git -C "$REPO" update-ref -d refs/reeve/99/1
	git -C "$REPO" worktree add -q --detach "$REEVE_STATE/worktrees/app/99-gone" main
	run -1 reeve fsck --git
	[ "$(grep -c '^I17 .*99-gone belongs to no ticket\|^I17 .*99-gone, which belongs to no ticket' <<<"$output")" = 2 ]
	git -C "$REPO" worktree remove "$REEVE_STATE/worktrees/app/99-gone"
	all_clean

	# a ticket that is to go on needs its repository; and without git's word nothing is called clean
	mv "$REPO" "$REPO.away"
	run -74 reeve fsck --git
	[[ $output == *'"app"'*'cannot be checked'* ]]
	[[ $output != *clean* ]]
	mv "$REPO.away" "$REPO"
	reeve park "$working"
	wait_for 20 is_phase "$working" parked
	all_clean
}

@test "what runs is of the open episode, and what is shown is so (I5 I20 X-19)" {
	start_supervisor
	id=$(new working "$(stay)")
	wait_for 20 has_began
	reeve sync
	all_clean
	# a process that says it is of an episode that never was
	uuid=$(cut -d' ' -f2 "$REEVE_STATE/VERSION")
	mkfifo "$BATS_TEST_TMPDIR/hold"
	env REEVE_TAG="$uuid.$id.9" sh -c 'echo >&4; read x' <>"$BATS_TEST_TMPDIR/hold" 4>"$BATS_TEST_TMPDIR/tagged" 3>&- &
	pid=$!
	wait_for 10 test -s "$BATS_TEST_TMPDIR/tagged"
	found I5 "process $pid is of episode $id.9, which is not open" --live
	kill "$pid"
	wait "$pid" || :
	all_clean
}

@test "findings are inert, have a file and a next step, and the exit codes are those of the manual (X-10)" {
	new one x --park
	printf x >"$REEVE_STATE/spool/done/"$'\e[2J\xe2\x80\xae.json'
	run -1 reeve fsck
	inert "$output"
	[[ $output == *'I18 spool/done/\x1b[2J\u202e.json: '*$'\n    '* ]]
	run -1 reeve fsck --json
	inert "$output"
	[ "$(jq -c '.[0] | keys_unsorted' <<<"$output")" = '["invariant","ticket","path","text","next"]' ]
	[ "$(jq -c '.[0].ticket' <<<"$output")" = null ]
	[[ $(jq -r '.[0].path' <<<"$output") == spool/done/* ]]
	run -2 reeve fsck --unknown
	run -2 reeve fsck one
	rm "$REEVE_STATE"/spool/done/*2J*
	run -0 reeve fsck
	# a header that was changed by hand: named, with its ticket
	sed -i 's/^Phase: parked/Phase: ready/' "$REEVE_STATE/tickets/1/ticket"
	run -1 reeve fsck --json
	[ "$(jq -c '[.[] | [.invariant, .ticket, .path]]' <<<"$output")" = '[["I10",1,"tickets/1/ticket"]]' ]
}

@test "status tells what the last check at a start found, and when (D-91)" {
	run -0 reeve status
	[[ $output != *'last check'* ]]
	[ "$(reeve status --json | jq -c .check)" = '{"at":null,"findings":null}' ]
	printf '{"reeve":1,"at":"2026-01-01T00:00:00Z","tickets":3,"findings":1,"texts":["I6 ticket 3: \\u001b[2J"]}' \
		>"$REEVE_STATE/fsck.json"
	chmod 600 "$REEVE_STATE/fsck.json"
	run -0 reeve status
	[[ $output == *'last check at a start: 1 finding, '*' ago'* ]]
	[[ $output == *'I6 ticket 3: \x1b[2J'* ]]
	[ "$(reeve status --json | jq -c .check)" = '{"at":"2026-01-01T00:00:00Z","findings":1}' ]
	run -0 reeve fsck
}
