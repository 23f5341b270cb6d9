#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The ways to land, and what comes after.
load world
setup() { world_up; }
teardown() { world_down; }

# A worker of two commits, by two authors unless told otherwise.
two() {
	echo "echo 1 >$1.1 && git add . && git commit -qm 'one of $1' && echo 2 >$1.2 && git add . &&" \
		"git commit -qm 'two of $1' && reeve done -m 'made $1'"
}
subjects() {
	git -C "$REPO" log --format=%s "$@"
}
is_hook() {
	[ "$(sed -n 's/^Hook: //p' "$REEVE_STATE/tickets/$1/ticket")" = "$2" ]
}
# Main moves on by somebody else's commit.
move_on() {
	git -C "$REPO" commit -q --allow-empty -m "somebody's"
}

@test "squash: one commit with the words of the repository; worktree and branch go; the proof is kept (X-29 C-22)" {
	config '[repo.app]' 'landing = squash' $'message = {title} for {repo}\n\n{summary}'
	grep -qF 'message = {title} for {repo}\n\n{summary}' "$REEVE_STATE/config" # as git writes line ends
	new 'a title' "$(two x)" --review none --park
	move_on
	start_supervisor
	reeve unpark 1
	wait_for 20 is_phase 1 done
	run subjects main
	[ "${lines[*]}" = "a title for app somebody's first" ]
	run git -C "$REPO" log -1 --format=%B main
	[ "${lines[*]}" = "a title for app made x * one of x * two of x Ticket: 1 Branch: reeve/1-a-title Reeve-Commit: $(sed -n 's/^Passed: //p' "$REEVE_STATE/tickets/1/ticket")" ]
	[ -f "$REPO/x.1" ] && [ -f "$REPO/x.2" ] && [ -z "$(git -C "$REPO" status --porcelain)" ]
	gone() { [ -z "$(git -C "$REPO" branch --list 'reeve/*')" ] && [ ! -e "$REEVE_STATE/worktrees/app/1-a-title" ]; }
	wait_for 20 gone
	run reeve show 1
	[[ $output == *"landed     $(git -C "$REPO" rev-parse main) (squash) on main, which was at $(git -C "$REPO" rev-parse main~1)"* ]]
	reeve sync
	reeve fsck --git
	git -C "$REPO" reset -q --hard main~1
	run reeve fsck --git
	[ "$status" != 0 ]
	[[ $output == *'I15'* ]]
}

@test "rebase: each commit again with its author, none that is there already, no merge (X-28)" {
	config '[repo.app]' 'landing = rebase'
	new 'a title' "$(two x)" --park
	start_supervisor
	reeve unpark 1
	wait_for 20 is_phase 1 human-review
	move_on
	git -C "$REPO" cherry-pick reeve/1-a-title~1 >/dev/null
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ -z "$(git -C "$REPO" log --merges --format=%h main)" ]
	[ "$(subjects main | grep -c 'one of x')" = 1 ]
	[ "$(subjects -1 main)" = 'two of x' ]
	[ "$(git -C "$REPO" log -1 --format='%(trailers:key=Ticket,valueonly)' main)" = 1 ]
	reeve sync
	reeve fsck --git
}

@test "rebase: a merge commit that does not stand on the target goes back with words that say what to do (X-36)" {
	local script
	config '[repo.app]' 'landing = rebase'
	# shellcheck disable=SC2016 # the worker's own words
	script='case $REEVE_EPISODE in *.1) echo 1 >f; git add f; git commit -qm "to f"; reeve done -m first ;; *)'
	# shellcheck disable=SC2016
	script="$script"' cp "$REEVE_BRIEF" ../seen; git rebase -q main; reeve done -m rebased ;; esac'
	new merges "$script"
	start_supervisor
	wait_for 20 is_phase 1 human-review
	wait_for 20 ended 1
	git -C "$REEVE_STATE/worktrees/app/1-merges" merge -q --no-ff -m 'a merge' "$(git -C "$REPO" commit-tree -p main -m side 'main^{tree}')"
	reeve amend 1 "$(git -C "$REPO" rev-parse reeve/1-merges)" -m 'with a merge'
	move_on
	reeve pass 1
	again() { is_phase 1 human-review && [ -e "$REEVE_STATE/worktrees/app/seen" ]; }
	wait_for 30 again
	grep -q 'is a merge commit: this repository lands a line of commits' "$REEVE_STATE/worktrees/app/seen"
	grep -q 'rebase the branch onto it (a merge cannot land here)' "$REEVE_STATE/worktrees/app/seen"
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ -z "$(git -C "$REPO" log --merges --format=%h main)" ]
	subjects main | grep -qx 'to f'
}

@test "a conflict goes back to the worker with both sides, and what he makes of it lands (X-36)" {
	local script
	# shellcheck disable=SC2016 # the worker's own words
	script='case $REEVE_EPISODE in *.1) echo mine >README; git commit -qam "to mine"; reeve done -m first ;; *)'
	# shellcheck disable=SC2016
	script="$script"' cp "$REEVE_BRIEF" ../seen; git merge -q --no-edit -X ours main; reeve done -m merged ;; esac'
	new conflict "$script"
	start_supervisor
	wait_for 20 is_phase 1 human-review
	echo theirs >"$REPO/README"
	git -C "$REPO" commit -qam 'to theirs'
	reeve pass 1
	again() { is_phase 1 human-review && [ -e "$REEVE_STATE/worktrees/app/seen" ]; }
	wait_for 30 again
	run cat "$REEVE_STATE/worktrees/app/seen"
	[[ $output == *'README: changed on both sides'* ]]
	[[ $output == *' to theirs'* && $output == *' to mine'* ]]
	[[ $output == *'<<<<<<< main'*'theirs'*'======='*'mine'*'>>>>>>> what passed'* ]]
	grep -q ' conflict approved>ready .* : conflicts with main in: README$' "$REEVE_STATE/tickets/1/ticket"
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(cat "$REPO/README")" = mine ]
}

@test "ten tickets that pass at once land one after another, oldest first, and each once (D-71 X-28 D-66)" {
	local i
	config '[defaults]' 'slots = 3'
	for i in 1 2 3 4 5 6 7 8 9 10; do new "t$i" "$(work "f$i")"; done
	start_supervisor
	for i in 1 2 3 4 5 6 7 8 9 10; do wait_for 60 is_phase "$i" human-review; done
	reeve halt
	for i in 7 3 10 1; do reeve pass "$i"; read -rt 1.1 <> <(:) || :; done
	reeve resume
	for i in 7 3 10 1; do wait_for 30 is_phase "$i" done; done
	run git -C "$REPO" log --first-parent --reverse --format=%s main
	[ "${lines[*]}" = "first Merge ticket 7: t7 Merge ticket 3: t3 Merge ticket 10: t10 Merge ticket 1: t1" ]
	reeve pass 2 && reeve pass 4 && reeve pass 5 && reeve pass 6 && reeve pass 8 && reeve pass 9
	for i in 2 4 5 6 8 9; do wait_for 30 is_phase "$i" done; done
	[ "$(git -C "$REPO" log --first-parent --format=%s main | sort | uniq -d)" = '' ]
	[ "$(git -C "$REPO" log --first-parent --format=%s main | wc -l)" = 11 ]
	[ -z "$(git -C "$REPO" status --porcelain)" ]
	grep -q ' moved ' "$REEVE_STATE"/tickets/*/ticket && return 1
	reeve sync
	reeve fsck --git
}

@test "merge manual waits for a person; what he merged himself is done with proof (X-29 D-66)" {
	new manual "$(work a)" --merge manual
	new byhand "$(work b)" --merge manual
	start_supervisor
	for i in 1 2; do wait_for 20 is_phase "$i" human-review; reeve pass "$i"; wait_for 20 is_phase "$i" approved; done
	run reeve status
	[[ $output == *'passed; waits for you to let it land'* ]]
	[ "$(subjects main)" = first ]
	reeve merge 1
	wait_for 20 is_phase 1 done
	[ "$(subjects -1 main)" = 'Merge ticket 1: manual' ]
	git -C "$REPO" merge -q --no-edit reeve/2-byhand
	before=$(git -C "$REPO" rev-parse main)
	reeve merge 2
	wait_for 20 is_phase 2 done
	[ "$(git -C "$REPO" rev-parse main)" = "$before" ]
	run reeve show 2
	[[ $output == *"landed     main had it already, at $before"* ]]
	reeve sync
	reeve fsck --git
}

@test "merge none: done when it passed, the branch is kept for a person, the hook is told (C-22)" {
	config '[repo.app]' "landed = sh -c 'env | grep ^REEVE_ | sort >../hook.\$REEVE_TICKET; pwd >>../hook.\$REEVE_TICKET'"
	new 'my title' "$(work a)" --merge none --review none
	start_supervisor
	wait_for 20 is_phase 1 done
	wait_for 20 is_hook 1 run
	[ "$(subjects main)" = first ]
	git -C "$REPO" rev-parse -q --verify reeve/1-my-title
	[ -d "$REEVE_STATE/worktrees/app/1-my-title" ]
	run cat "$BATS_TEST_TMPDIR/hook.1"
	[[ $output == *'REEVE_COMMIT='$'\n'* ]]
	[[ $output == *'REEVE_LANDING=none'* && $output == *'REEVE_TITLE=my title'* && $output == *"$REPO" ]]
	[[ $output == *"REEVE_PASSED=$(git -C "$REPO" rev-parse reeve/1-my-title)"* ]]
	# approved and manual; then it is not to be merged after all
	new 'other' "$(work b)" --merge manual --review none
	wait_for 20 is_phase 2 approved
	reeve edit 2 --merge none
	wait_for 20 is_phase 2 done
	wait_for 20 is_hook 2 run
	stop_supervisor
	start_supervisor
	new 'last' "$(work c)" --review none
	wait_for 20 is_phase 3 done
	git -C "$REPO" rev-parse -q --verify reeve/1-my-title
	reeve sync
	reeve fsck --git
}

@test "hooks/landed pushes the target, or the branch of what is not merged here; failures are shown and tried again (E-24)" {
	git init -q --bare "$BATS_TEST_TMPDIR/far.git"
	config '[repo.app]' "landed = sh $BATS_TEST_DIRNAME/../../hooks/landed far"
	new 'one' "$(work a)" --review none
	start_supervisor
	failed() { [ "$(sed -n 's/^Hook-Tries: //p' "$REEVE_STATE/tickets/1/ticket")" = 1 ]; }
	wait_for 20 failed
	is_phase 1 done
	run reeve status
	[[ $output == *"its hook \`landed' runs again in"* ]]
	grep -q "far" "$REEVE_STATE/tickets/1/landed.txt"
	git -C "$REPO" remote add far "$BATS_TEST_TMPDIR/far.git"
	reeve retry 1
	wait_for 20 is_hook 1 run
	[ "$(git -C "$BATS_TEST_TMPDIR/far.git" rev-parse main)" = "$(git -C "$REPO" rev-parse main)" ]
	grep -q 'pushed main to far' "$REEVE_STATE/tickets/1/landed.txt"
	# a pull request: gh is asked whether there is one
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nprintf "%%s|" "$@" >>%s/gh; echo >>%s/gh\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/gh"
	chmod +x "$BATS_TEST_TMPDIR/bin/gh"
	stop_supervisor
	PATH=$BATS_TEST_TMPDIR/bin:$PATH start_supervisor
	# shellcheck disable=SC2016 # not to be expanded
	new '$(touch x) `y`' "$(work b)" --merge none --review none
	wait_for 20 is_hook 2 run
	[ "$(git -C "$BATS_TEST_TMPDIR/far.git" rev-parse refs/heads/reeve/2-touch-x-y)" = "$(sed -n 's/^Passed: //p' "$REEVE_STATE/tickets/2/ticket")" ]
	# shellcheck disable=SC2016
	grep -qxF 'pr|create|--base|main|--head|reeve/2-touch-x-y|--title|$(touch x) `y`|--body|Ticket 2|' "$BATS_TEST_TMPDIR/gh"
}

@test "a supervisor that is killed while the hook runs: it is run again, and its ticket is done (D-66 E-15)" {
	# it waits until its supervisor has ended
	config '[repo.app]' "landed = sh -c 'echo x >>../ran; [ -e ../go ] || exec tail -f --pid=\$(cat ../pid) /dev/null'"
	new 'one' "$(work a)" --review none --park
	start_supervisor
	echo "$REEVED" >"$BATS_TEST_TMPDIR/pid"
	reeve unpark 1
	ran() { [ "$(cat "$BATS_TEST_TMPDIR/ran" 2>/dev/null | wc -l)" = "$1" ]; }
	wait_for 20 ran 1
	is_phase 1 done
	new 'two' "$(work b)" --review none
	wait_for 20 is_phase 2 done # nobody waits for it
	stop_supervisor -KILL
	: >"$BATS_TEST_TMPDIR/go"
	start_supervisor
	wait_for 20 is_hook 1 run
	wait_for 20 is_hook 2 run
	ran 3
}
