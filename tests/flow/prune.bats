#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# reeve prune: what is left of tickets is listed with its proof, goes when it is proved or named, and nothing is lost.
load world
load bad
load crash
setup() {
	world_up
	config '[defaults]' 'grace = 200ms' 'drain = 60s' # workers go on after their report
}
teardown() { world_down; }

TREES() {
	echo "$REEVE_STATE/worktrees/app"
}

# A ticket that a person lets land, and whose worktree is kept: it holds a file.  Prints its id.
landed() {
	local id
	id=$(new "$1" "$(work "$1"); echo left >left")
	wait_for 20 in_phase "$id" human-review
	reeve pass "$id" >/dev/null
	wait_for 20 in_phase "$id" done
	wait_for 20 grep -q '^Cause: worktree kept' "$REEVE_STATE/tickets/$id/ticket"
	echo "$id"
}

# A cancelled ticket with a commit of its own and a file that is not committed.  Prints its id.
cancelled() {
	local id
	id=$(new "$1" "echo $1 >$1 && git add . && git commit -qm 'add $1' && echo dirty >dirty && echo more >>README && reeve question -m why")
	wait_for 20 in_phase "$id" asking
	reeve cancel "$id" >/dev/null
	wait_for 20 in_phase "$id" cancelled
	echo "$id"
}

left() {
	reeve prune --json | jq -r "$1"
}

# Everything that is not reeve's: the person's files, branches, other worktrees.
others() {
	git -C "$REPO" for-each-ref --format='%(refname) %(objectname)' refs/heads | grep -v refs/heads/reeve/
	git -C "$REPO" status --porcelain
	find "$REPO" "$BATS_TEST_TMPDIR/mine" -path "$REPO/.git" -prune -o -type f -printf '%p %s %T@\n' | sort
}

is_pruned() {
	! grep -q '^Prune: ' "$REEVE_STATE/tickets/$1/ticket" && ! compgen -G "$(TREES)/*$1-*" >/dev/null &&
		! compgen -G "$(TREES)/.gone-*" >/dev/null
}

# Each commit and each uncommitted file of the cancelled ticket $1, with the file $2, can be had from a ref.
nothing_lost() {
	local parked salvage
	git -C "$REPO" fsck --strict --no-dangling
	parked=$(git -C "$REPO" for-each-ref --format='%(refname)' "refs/reeve/$1/pruned-*" "refs/heads/reeve/$1-*" | head -1)
	[ "$(git -C "$REPO" show "$parked:$2")" = "$2" ]
	if ! compgen -G "$(TREES)/$1-*" >/dev/null; then
		salvage=$(git -C "$REPO" for-each-ref --format='%(refname)' "refs/reeve/$1/*-salvage" | tail -1)
		[ "$(git -C "$REPO" show "$salvage:dirty")" = dirty ]
		[ "$(git -C "$REPO" show "$salvage:README")" = $'hello\nmore' ]
	fi
}

@test "prune lists with a proof, and removes nothing that is not proved or named (A-11)" {
	start_supervisor
	landed one
	cancelled two
	new 'live' 'true' --park
	git -C "$REPO" update-ref refs/reeve/77/1 main
	git -C "$REPO" worktree add -q --detach "$(TREES)/88-dead" main
	reeve prune >"$BATS_TEST_TMPDIR/list"
	grep -E '^ +1 +done +[0-9]+s +branch +landed +landed as [0-9a-f]{8} in main, which contains it +refs/heads/reeve/1-one' "$BATS_TEST_TMPDIR/list"
	grep -E '^ +1 +done .* worktree .* keep +1 file is not committed +.*/1-one$' "$BATS_TEST_TMPDIR/list"
	grep -E '^ +2 +cancelled .* branch +keep +1 commit that main does not contain' "$BATS_TEST_TMPDIR/list"
	grep -E '^ +none +- .* ref +keep +of no ticket here.*refs/reeve/77/1$' "$BATS_TEST_TMPDIR/list"
	grep -E '^ +none +- .* worktree .*of no ticket here.*88-dead$' "$BATS_TEST_TMPDIR/list"
	[ "$(left '[.[] | select(.ticket == 1 and .kind == "worktree") | .changes, .landed, (.bytes > 0), .phase] | @csv')" = '1,false,true,"done"' ]
	[ "$(left '.[0] | keys_unsorted | join(" ")')" = 'repo ticket phase kind name commit bytes bytes_partial changes commits since landed why' ]
	reeve show 1 | grep -q 'worktree kept: it holds uncommitted or untracked files'
	# only the list so far
	[ -e "$(TREES)/1-one/left" ] && [ -e "$(TREES)/2-two/dirty" ]
	rm "$(TREES)/1-one/left"
	reeve prune --landed --older-than 1d | grep -qx 'nothing to prune'
	reeve prune --landed
	wait_for 10 is_pruned 1
	[ -z "$(git -C "$REPO" for-each-ref refs/reeve/1/1 refs/heads/reeve/1-one)" ]
	[ "$(git -C "$REPO" show refs/reeve/1/1-salvage:left)" = left ] # main has not
	git -C "$REPO" log --format=%s main | grep -qx 'add one'
	[ -e "$(TREES)/2-two/dirty" ]
	[ -e "$(TREES)/88-dead/README" ]
	git -C "$REPO" rev-parse -q --verify refs/reeve/77/1
	says 1 'prune is for tickets that are: done, cancelled' reeve prune 3
	says 1 'no ticket' reeve prune 88
	git -C "$REPO" worktree remove --force "$(TREES)/88-dead"
	reeve fsck
}

@test "prune ID parks commits and files, says where, and reopening begins at the base and names them (C-2 A-11)" {
	start_supervisor
	cancelled two
	others >"$BATS_TEST_TMPDIR/before" 2>/dev/null || :
	reeve prune 1 >"$BATS_TEST_TMPDIR/said"
	grep -qE '^1: parked as refs/reeve/1/pruned-[0-9]+ \(git branch NAME refs/reeve/1/pruned-[0-9]+\)$' "$BATS_TEST_TMPDIR/said"
	grep -q '^1: parked as refs/reeve/1/1-salvage ' "$BATS_TEST_TMPDIR/said"
	wait_for 10 is_pruned 1
	nothing_lost 1 two
	[ -z "$(git -C "$REPO" branch --list 'reeve/*')" ]
	others >"$BATS_TEST_TMPDIR/after" 2>/dev/null || :
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	reeve log 1 | grep -q 'parked as refs/reeve/1/.*refs/reeve/1/pruned-'
	reeve fsck --git
	tip=$(git -C "$REPO" rev-parse "$(git -C "$REPO" for-each-ref --format='%(refname)' 'refs/reeve/1/pruned-*')")
	reeve edit 1 -m x 2>/dev/null || :
	reeve reopen 1 -m 'once more'
	wait_for 20 test -s "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	grep -q "The commit is $tip" "$REEVE_STATE/tickets/1/episodes/2/brief.md"
	wait_for 20 in_phase 1 asking
	[ "$(git -C "$(TREES)/1-two" merge-base HEAD main)" = "$(git -C "$REPO" rev-parse main)" ]
}

@test "a prune that failed is forgotten: what a person writes in the worktree since is judged, and parked (A-11 A-12)" {
	start_supervisor
	new one 'echo work >w && git add . && git commit -qm w && mkdir .reeve-pruned.reeve-tmp && exec sleep infinity'
	wait_for 20 in_phase 1 working
	tree=$(field 1 .worktree)
	wait_for 20 test -d "$tree/.reeve-pruned.reeve-tmp"
	reeve cancel 1
	wait_for 20 in_phase 1 cancelled
	: >"$REPO/.git/refs/heads/reeve/1-one.lock" # a git that was killed
	says 1 '1-one.lock' reeve prune 1
	[ "$(git -C "$tree" symbolic-ref HEAD)" = refs/heads/reeve/1-one ]
	echo precious >"$tree/precious"
	rm "$REPO/.git/refs/heads/reeve/1-one.lock"
	git -C "$tree" add precious
	git -C "$tree" commit -qm precious
	tip=$(git -C "$tree" rev-parse HEAD)
	echo more >"$tree/uncommitted"
	reeve prune 1
	wait_for 10 is_pruned 1
	git -C "$REPO" for-each-ref --contains "$tip" 'refs/reeve/1/pruned-*' | grep -q .
	[ "$(git -C "$REPO" show refs/reeve/1/1-salvage:uncommitted)" = more ]
}

@test "refs go when they are named, and what they held is told" {
	start_supervisor
	cancelled two
	reeve prune 1
	wait_for 10 is_pruned 1
	tip=$(git -C "$REPO" rev-parse "$(git -C "$REPO" for-each-ref --format='%(refname)' 'refs/reeve/1/pruned-*')")
	reeve prune --refs 1 >"$BATS_TEST_TMPDIR/said"
	grep -qE "^1: removed refs/reeve/1/pruned-[0-9]+, which was at $tip\$" "$BATS_TEST_TMPDIR/said"
	[ -z "$(git -C "$REPO" for-each-ref refs/reeve)" ]
	reeve fsck --git
	says 2 'Name the tickets' reeve prune --refs
}

@test "without a supervisor, and with the kill switch on, it is kept and goes later (C-13)" {
	start_supervisor
	cancelled two
	stop_supervisor
	reeve prune 1 2>&1 | grep -q 'no supervisor is running'
	[ -e "$(TREES)/1-two/dirty" ]
	grep -qx 'Prune: work' "$REEVE_STATE/tickets/1/ticket"
	reeve halt -m test
	start_supervisor
	reeve sync
	[ -e "$(TREES)/1-two/dirty" ]
	reeve resume
	wait_for 10 is_pruned 1
	nothing_lost 1 two
}

@test "a worktree with what cannot be parked stays, and the ticket says why" {
	start_supervisor
	cancelled two
	git init -q "$(TREES)/1-two/own"
	echo precious >"$(TREES)/1-two/own/f"
	says 1 'not all of its files can be parked' reeve prune 1
	[ "$(cat "$(TREES)/1-two/own/f")" = precious ]
	reeve show 1 | grep -q 'not all of its files can be parked'
}

@test "status says in one line when many worktrees are left" {
	start_supervisor
	for n in 1 2 3 4 5; do cancelled "t$n"; done
	reeve status | grep -qx 'worktrees: 5 are of tickets that are over; `reeve prune` tells why they are still there'
	reeve prune 1 2 3
	for n in 1 2 3; do wait_for 10 is_pruned $n; done
	run reeve status
	[[ $output != *worktrees:* ]]
}

@test "what landed goes at once with links and closed directories, and nothing behind them (X-23 X-34)" {
	mkdir "$BATS_TEST_TMPDIR/precious"
	echo mine >"$BATS_TEST_TMPDIR/precious/f"
	echo 'node*' >>"$REPO/.git/info/exclude"
	start_supervisor
	id=$(new one "mkdir -p node/deep; echo x >node/deep/x; ln -s $BATS_TEST_TMPDIR/precious node/out; ln -s $BATS_TEST_TMPDIR/precious node-out; chmod 555 node; chmod 000 node/deep; $(work one)")
	wait_for 20 in_phase "$id" human-review
	reeve pass "$id"
	wait_for 20 is_clean "$id"
	[ "$(cat "$BATS_TEST_TMPDIR/precious/f")" = mine ]
	[ "$(steps "$id" pruned)" = 0 ]
	[ -z "$(git -C "$REPO" branch --list 'reeve/*')" ]
}

@test "crash at every step of a prune: finished at the next start, nothing lost, nothing of another touched (X-34 A-11 D-81)" {
	git -C "$REPO" worktree add -q -b mine "$BATS_TEST_TMPDIR/mine"
	echo dirty >"$BATS_TEST_TMPDIR/mine/own"
	others >"$BATS_TEST_TMPDIR/before"
	rounds=0
	for ((n = 1; n < 200; n += 2)); do
		start_supervisor
		id=$(cancelled "two$n")
		stop_supervisor
		reeve prune "$id" 2>/dev/null
		rc=0
		REEVE_CRASH_AT=$n start_supervisor || :
		wait_for 15 dead_or_pruned "$id"
		if is_running; then
			stop_supervisor
			break
		fi
		wait "$REEVED" || rc=$?
		[ "$rc" = 86 ]
		nothing_lost "$id" "two$n"
		wait_for 5 start_supervisor
		wait_for 15 is_pruned "$id"
		stop_supervisor
		nothing_lost "$id" "two$n"
		[ "$(steps "$id" pruned)" -ge 1 ]
		others >"$BATS_TEST_TMPDIR/after"
		cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
		rounds=$((rounds + 1))
	done
	echo "# $rounds crashes, the last before step $n"
	[ "$rounds" -ge 5 ]
	reeve fsck --git
}

dead_or_pruned() {
	! is_running || is_pruned "$1"
}

@test "worktrees in a place of the repository's own are listed, too" {
	git config -f "$REEVE_STATE/config" repo.app.worktrees "$BATS_TEST_TMPDIR/trees"
	start_supervisor
	new 'a' 'echo text >a.txt; reeve question -m "which?"'
	wait_for 20 is_phase 1 asking
	reeve prune | grep -q "$BATS_TEST_TMPDIR/trees/1-a"
}
