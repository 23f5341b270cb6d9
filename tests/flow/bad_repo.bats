#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Repositories that cannot be worked with, or that change under the feet of a ticket.
load world
load bad
setup() { world_up; }
teardown() { world_down; }

@test "repo add refuses what is none, bare, empty or detached, and says what to do (X-36)" {
	local at=$BATS_TEST_TMPDIR/at
	mkdir "$at"
	GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR says 1 "there is no git repository at $at" reeve repo add "$at"
	says 1 'there is no git repository at /nonexistent' reeve repo add /nonexistent
	git init -q --bare "$at/bare.git"
	says 1 'is bare' reeve repo add "$at/bare.git"
	git init -q -b main "$at/empty"
	says 1 'has no commit yet' reeve repo add "$at/empty"
	git clone -q "$REPO" "$at/detached"
	git -C "$at/detached" checkout -q --detach
	says 1 'say with --base' reeve repo add "$at/detached"
	says 0 'base main' reeve repo add "$at/detached" --base main
	cd "$at"
	says 1 'is in no repository that reeve knows' reeve new title
	says 1 'there is no repository "nope"' reeve new title --repo nope
	[ -z "$(ls "$REEVE_STATE/tickets")" ]
}

@test "a path with blanks, unicode and #(touch x) is only a path, all the way to merged (X-8)" {
	local odd="$BATS_TEST_TMPDIR/a b ünï#(touch x) \$(touch x);#{pane_id}"
	git clone -q "$REPO" "$odd"
	cd "$odd"
	reeve repo add . --name odd
	start_supervisor
	new 'in an odd place' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(cat hello.txt)" = text ]
	wait_for 10 test ! -e "$REEVE_STATE/worktrees/odd/1-in-an-odd-place"
	no_file_x
}

@test "a repository that was moved is the blocker, and nothing is lost when it is back (D-3 D-56)" {
	start_supervisor
	new 'waits' "$(work late.txt)" --park
	new 'has work' "$(work hello.txt)"
	wait_for 20 is_phase 2 human-review
	wait_for 20 ended 2
	cd "$BATS_TEST_TMPDIR"
	mv app app.away
	reeve unpark 1
	reeve pass 2
	wait_for 10 blocked 1 "there is no git repository at $REPO; was it moved?"
	wait_for 10 blocked 2 "there is no git repository at $REPO; was it moved?"
	says 74 'the repository of ticket 2' reeve diff 2
	is_phase 1 ready
	is_phase 2 approved
	mv app.away app
	wait_for 30 is_phase 2 done
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .deaths)" = 0 ]
	[ "$(cat app/hello.txt)" = text ]
}

@test "a repository taken out of the configuration blocks its tickets until it is back (D-3)" {
	new 'orphan' "$(work hello.txt)"
	cp "$REEVE_STATE/config" "$BATS_TEST_TMPDIR/config"
	git config -f "$REEVE_STATE/config" --remove-section repo.app
	start_supervisor
	reeve sync
	is_phase 1 ready
	[[ $(reeve status 2>&1) == *app* ]]
	mv "$BATS_TEST_TMPDIR/config" "$REEVE_STATE/config" # whole at once
	wait_for 30 is_phase 1 human-review
}

@test "a base branch that is gone is the blocker; made again, it goes on (X-28 D-56)" {
	git checkout -q -b other
	git branch -q -D main
	start_supervisor
	new 'no base' "$(work hello.txt)"
	says 1 'must be the name of a branch' reeve new 'bad base' --base '-x..y'
	wait_for 10 blocked 1 'has no branch "main": make it'
	[ "$(field 1 .deaths)" = 0 ]
	git branch main other
	wait_for 30 is_phase 1 human-review
}

@test "a base that disappears before the landing: passed work waits, and is not lost (X-28)" {
	start_supervisor
	new 'to land' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	git checkout -q -b other
	git branch -q -D main
	reeve pass 1
	wait_for 10 blocked 1 'main'
	is_phase 1 approved
	git branch main other
	wait_for 30 is_phase 1 done
	git merge-base --is-ancestor "$(field 1 .pinned)" main
}

@test "a branch of the ticket's name: free, it is worked on; in another worktree, it is the blocker (X-32)" {
	git branch reeve/1-free
	git worktree add -q -b reeve/2-taken "$BATS_TEST_TMPDIR/mine"
	git -C "$BATS_TEST_TMPDIR/mine" commit -q --allow-empty -m 'mine'
	mine=$(git rev-parse reeve/2-taken)
	start_supervisor
	new 'free' "$(work free.txt)"
	new 'taken' "$(work taken.txt)"
	wait_for 20 is_phase 1 human-review
	wait_for 10 blocked 2 "is checked out in $BATS_TEST_TMPDIR/mine: switch that worktree"
	[ "$(git rev-parse reeve/2-taken)" = "$mine" ]
	[ "$(git -C "$BATS_TEST_TMPDIR/mine" symbolic-ref HEAD)" = refs/heads/reeve/2-taken ]
	git -C "$BATS_TEST_TMPDIR/mine" checkout -q --detach
	wait_for 40 is_phase 2 human-review
	git merge-base --is-ancestor "$mine" "$(field 2 .pinned)"
}

@test "unrelated local changes do not stop a start or a landing, and stay (X-28 X-36)" {
	start_supervisor
	echo mine >>README
	echo new >untracked
	new 'elsewhere' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(tail -1 README)" = mine ]
	[ "$(cat untracked)" = new ]
	[ "$(cat hello.txt)" = text ]
}

@test "an untracked file in the way is held, named and kept (X-36)" {
	start_supervisor
	new 'collides' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	echo precious >hello.txt
	reeve pass 1
	wait_for 20 blocked 1 hello.txt
	is_phase 1 approved
	[ "$(cat hello.txt)" = precious ]
	mv hello.txt kept
	merge_now 1
	wait_for 20 is_phase 1 done
	[ "$(cat hello.txt)" = text ]
	[ "$(cat kept)" = precious ]
}

@test "a detached HEAD in the main worktree: the branch moves, the files do not (X-36)" {
	start_supervisor
	new 'lands beside' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	git checkout -q --detach
	head=$(git rev-parse HEAD)
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(git rev-parse HEAD)" = "$head" ]
	[ -z "$(git status --porcelain)" ]
	[ ! -e hello.txt ]
	git cat-file -e main:hello.txt
}

@test "many landings in one repository take turns: none waits out a delay, none is computed for nothing (D-71 X-28)" {
	config '[defaults]' 'slots = 20'
	start_supervisor
	for i in 1 2 3 4 5 6 7 8; do
		mkfifo "$BATS_TEST_TMPDIR/go.$i"
		reeve new "part $i" --review none --no-wait -m "read -r _ <$BATS_TEST_TMPDIR/go.$i; $(work "f$i")"
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait_for 20 is_phase "$i" working
	done
	for i in 1 2 3 4 5 6 7 8; do
		echo >"$BATS_TEST_TMPDIR/go.$i"
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait_for 20 is_phase "$i" done
	done
	# from the reports on there is no pause as long as the one after which a failed work is tried again
	for i in 1 2 3 4 5 6 7 8; do
		field "$i" '.history[] | select(.event | IN("DONE", "closed", "intent", "merged")) | .at | fromdate'
	done | sort -n >"$BATS_TEST_TMPDIR/times"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/times")" = 32 ]
	awk 'NR > 1 && $1 - last >= 9 { bad = 1 } { last = $1 } END { exit bad }' "$BATS_TEST_TMPDIR/times"
	[ "$(grep -c -e 'another merge is landing' -e 'computed again' "$BATS_TEST_TMPDIR/reeved.log")" = 0 ]
	[ "$(git log --merges --oneline main | wc -l)" = 8 ]
	[ -z "$(git status --porcelain)" ]
}

# own_fault ID WORDS: it waits alone, for its own worktree, and no breaker is open
own_fault() {
	[[ $(field "$1" .cause) == *"$2"* ]] && grep -qx 'Blame: ticket' "$REEVE_STATE/tickets/$1/ticket"
}

@test "faults of single worktrees are their own: the others go on, fsck sees the damage, and what is said mends it (D-56 X-34 E-26)" {
	mkfifo "$BATS_TEST_TMPDIR/go"
	start_supervisor
	# one whose worktree exists, and two that have none yet
	damaged=$(new damaged "echo x >c; git add .; [ \$REEVE_EPISODE != 1.1 ] || read -r _ <$BATS_TEST_TMPDIR/go; exit 1" --review none)
	wait_for 20 is_phase "$damaged" working
	reeve halt # it is not started again before the damage is done
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for 20 is_phase "$damaged" ready
	tree=$(field "$damaged" .worktree)
	admin=$(git -C "$tree" rev-parse --absolute-git-dir)
	truncate -s 20 "$admin/index"
	elsewhere=$(new elsewhere "$(work d.txt)" --review none --park)
	git -C "$REPO" worktree add -q -b "$(field "$elsewhere" .branch)" "$BATS_TEST_TMPDIR/mine"
	inway=$(new inway "$(work e.txt)" --review none --park)
	: >"$(field "$inway" .worktree)"
	reeve unpark "$elsewhere"
	reeve unpark "$inway"
	reeve resume
	wait_for 20 own_fault "$damaged" 'index of the worktree'
	wait_for 20 own_fault "$elsewhere" "checked out in $BATS_TEST_TMPDIR/mine"
	wait_for 20 own_fault "$inway" 'is in the way'
	# three in a row, and nobody else waits
	other=$(new other "$(work f.txt)" --review none)
	wait_for 20 is_phase "$other" done
	[ "$(reeve status --json | jq '.breakers | length')" = 0 ]
	run -1 reeve fsck --live --git
	[[ $output == *"I17 ticket $damaged: git cannot work in its worktree $tree"* ]]
	# the words are followed
	[[ $(field "$damaged" .cause) == *"rm $admin/index;"* ]]
	rm "$admin/index"
	git -C "$REPO" worktree remove "$BATS_TEST_TMPDIR/mine"
	rm "$(field "$inway" .worktree)"
	for id in "$damaged" "$elsewhere" "$inway"; do
		at_once "$id"
	done
	wait_for 20 is_phase "$elsewhere" done
	wait_for 20 is_phase "$inway" done
	wait_for 20 is_phase "$damaged" attention # its agent dies a second time
	[ "$(cat "$tree/c")" = x ]
}

# shared_fault ID: it waits for the repository, as all others do
shared_fault() {
	[[ $(field "$1" .cause) == *'corrupted packed references file'* ]] &&
		grep -qx 'Blame: repo' "$REEVE_STATE/tickets/$1/ticket"
}

@test "packed refs are everybody's: tickets wait for their repository, none is to blame; mended, they go on (D-3 D-56 A-5)" {
	start_supervisor
	for i in 1 2 3; do new "t$i" "[ -e t$i.txt ] || { $(work "t$i.txt"); exit; }; reeve done"; done
	for i in 1 2 3; do wait_for 20 is_phase $i human-review; done
	for i in 1 2 3; do wait_for 20 ended $i; done
	git pack-refs --all
	git commit -q --allow-empty -m 'the base has a file of its own again'
	cp .git/packed-refs "$BATS_TEST_TMPDIR/packed"
	echo garbage >.git/packed-refs
	for i in 1 2 3; do reeve fail $i -m 'again'; done
	for i in 1 2 3; do wait_for 20 shared_fault $i; done
	[ "$(reeve status --json | jq -r '.breakers[0].blame')" = repo ]
	for i in 1 2 3; do
		is_phase $i ready
		[[ $(field $i .cause) != *'rm '* ]]
	done
	mv "$BATS_TEST_TMPDIR/packed" .git/packed-refs
	at_once 1 # the one that is tried; it works, so the others need nobody
	for i in 1 2 3; do wait_for 40 is_phase $i human-review; done
	[ "$(field 1 .deaths)" = 0 ]
}
