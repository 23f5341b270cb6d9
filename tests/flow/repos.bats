#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Repositories as they are: each kind is worked with from start to landing, or refused in a sentence.
load world
load bad
setup() { world_up; }
teardown() { world_down; }

# The whole of the main worktree: files, index, HEAD, refs and configuration.
main_is() {
	(
		cd "$REPO" || exit
		find . -path ./.git -prune -o -printf '%p %i %m %s %T@ %l\n' | sort
		sha256sum .git/index .git/HEAD .git/config .git/refs/heads/main
	)
}

# refuse TEXT REMEDY: `repo add` of $REPO says so, in one line, and has changed nothing.
refuse() {
	local said got=0
	main_is >"$BATS_TEST_TMPDIR/before" 2>/dev/null
	said=$(reeve repo add "$REPO" --name again 2>&1) || got=$?
	if [ "$got" != 1 ] || [ "$(wc -l <<<"$said")" != 1 ] || [[ $said != *"$1"*"$2"* ]]; then
		printf 'wanted 1, "%s" and "%s", got %s:\n%s\n' "$1" "$2" "$got" "$said" >&2
		return 1
	fi
	[ -z "$(reeve repo ls)" ]
	main_is 2>/dev/null | diff "$BATS_TEST_TMPDIR/before" -
}

# life SCRIPT: a ticket whose worker does this and commits, up to its landing; the main worktree is then clean.
life() {
	local id
	id=$(new life "$1 && git add -A && git commit -qm life && reeve done -m ok")
	wait_for 20 is_phase "$id" human-review
	reeve pass "$id"
	wait_for 20 is_phase "$id" done
	[ -z "$(git -C "$REPO" status --porcelain)" ]
}

# failed ID TEXT: its start did, for this reason.
failed() {
	grep -q "ticket $1: .*starting -> ready: .*$2" "$BATS_TEST_TMPDIR/reeved.log"
}

# gone ID: its worktree was taken away.
gone() {
	[ -z "$(find "$REEVE_STATE/worktrees/app" -maxdepth 1 -name "$1-*")" ]
}

@test "what libgit2 cannot work with is refused at repo add, and nothing has happened (X-36 X-32)" {
	reeve repo rm app
	git config core.repositoryFormatVersion 1
	git config extensions.refStorage reftable
	refuse 'a reftable' '--ref-format=files'
	git config -f .git/config --unset extensions.refStorage
	git config extensions.relativeWorktrees true
	refuse 'relative paths' 'git worktree repair'
	git config -f .git/config --unset extensions.relativeWorktrees
	git update-index --split-index
	refuse 'the index is split' '--no-split-index'
	git update-index --no-split-index
	git sparse-checkout set --cone --sparse-index src
	refuse 'the index is sparse' '--no-sparse-index'
	git sparse-checkout disable
	touch Readme
	git add .
	git commit -qm 'two names'
	git config core.ignoreCase true
	refuse 'differ only in case (readme)' 'core.ignoreCase false'
	git config core.ignoreCase false
	says 0 'base main' reeve repo add "$REPO" --name again
	rm -rf "$REPO"
	git init -q -b main --object-format=sha256 "$REPO"
	git -C "$REPO" commit -q --allow-empty -m 'first'
	reeve repo rm again
	refuse 'SHA-256' 'git fast-export'
}

@test "a repository of somebody else is refused until it is trusted by its path, or waits (X-36)" {
	[ "$(id -u)" = 0 ] || skip 'only root can give a directory away'
	chown -R 12345 "$REPO"
	start_supervisor
	new 'waits' "$(work hello.txt)"
	wait_for 10 blocked 1 "git config --global --add safe.directory $REPO"
	says 1 'belongs to another user' reeve repo add "$REPO"
	git config --global --add safe.directory "$REPO"
	reeve retry 1 || :
	wait_for 30 is_phase 1 human-review
	[ "$(field 1 .deaths)" = 0 ]
}

@test "a repository that becomes such a kind makes its tickets wait; undone, they go on (D-3 X-36)" {
	start_supervisor
	new 'passed' "$(work hello.txt)"
	wait_for 20 is_phase 1 human-review
	wait_for 20 ended 1
	git config core.splitIndex true
	git update-index --split-index
	new 'to start' "$(work late.txt)"
	wait_for 10 blocked 2 'the index is split'
	reeve pass 1
	wait_for 10 blocked 1 'the index is split'
	is_phase 1 approved
	is_phase 2 ready
	[ "$(field 2 .deaths)" = 0 ]
	[ ! -e "$REEVE_STATE/worktrees/app/2-to-start" ]
	[ ! -e hello.txt ]
	[ -z "$(git status --porcelain)" ]
	git config core.splitIndex false
	git update-index --no-split-index
	merge_now 1
	wait_for 40 is_phase 1 done
	wait_for 40 is_phase 2 human-review
	[ "$(cat hello.txt)" = text ]
	[ -z "$(git status --porcelain)" ]
}

@test "a worktree whose index a worker split says what to do, and keeps his work (D-3 X-36)" {
	start_supervisor
	new 'splits' "[ -e again ] || { : >again; git add again; git update-index --split-index; $(work hello.txt); }; reeve done"
	wait_for 20 is_phase 1 human-review
	reeve fail 1 -m 'again'
	wait_for 10 blocked 1 'git update-index --no-split-index'
	git -C "$REEVE_STATE/worktrees/app/1-splits" update-index --no-split-index
	wait_for 40 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(cat hello.txt)" = text ]
}

@test "submodules: the entry lands, the submodule is left to the person, unpushed commits keep the worktree (X-36)" {
	git config --global protocol.file.allow always
	git init -q -b main "$BATS_TEST_TMPDIR/sub"
	git -C "$BATS_TEST_TMPDIR/sub" commit -q --allow-empty -m 's1'
	git submodule --quiet add ../sub mod
	git commit -qm 'with a submodule'
	start_supervisor
	life '[ -z "$(git status --porcelain)" ] && [ -z "$(ls mod)" ] && echo 1 >hello.txt'
	wait_for 10 gone 1
	new 'inside' 'git submodule --quiet update --init && git -C mod commit -q --allow-empty -m s2 && git add mod &&
		git commit -qm up && reeve done -m ok'
	wait_for 20 is_phase 2 human-review
	reeve pass 2
	wait_for 20 is_phase 2 done
	[ "$(git status --porcelain)" = ' M mod' ]
	wait_for 10 grep -q 'its submodule mod holds commits that are only there' "$BATS_TEST_TMPDIR/reeved.log"
	inner=$(git rev-parse main:mod)
	git -C "$REEVE_STATE/worktrees/app/2-inside/mod" cat-file -e "$inner"
}

@test "files that go through a program: workers have them, a landing leaves them to the person, none is run (D-41 X-23)" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\ntouch "%s/ran"\nsed s/^stored/SHOWN/\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/smudge"
	printf '#!/bin/sh\ntouch "%s/ran"\nsed s/^SHOWN/stored/\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/clean"
	chmod +x "$BATS_TEST_TMPDIR/bin"/*
	git config filter.x.smudge "$BATS_TEST_TMPDIR/bin/smudge"
	git config filter.x.clean "$BATS_TEST_TMPDIR/bin/clean"
	git config filter.x.required true
	printf '*.dat filter=x\n' >.gitattributes
	echo SHOWN 1 >big.dat
	git add .
	git commit -qm 'big'
	[ "$(git cat-file blob main:big.dat)" = 'stored 1' ]
	rm "$BATS_TEST_TMPDIR/ran"
	start_supervisor
	new 'beside it' 'cat big.dat >seen && git add seen && git commit -qm seen && reeve done'
	wait_for 20 is_phase 1 human-review
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(cat seen)" = 'SHOWN 1' ]
	wait_for 10 gone 1
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	[ -z "$(git status --porcelain)" ]
	new 'itself' 'echo SHOWN 2 >big.dat && git add . && git commit -qm two && reeve done'
	wait_for 20 is_phase 2 human-review
	rm "$BATS_TEST_TMPDIR/ran"
	reeve pass 2
	wait_for 10 blocked 2 'big.dat: needs the filter program "x", which a landing does not run'
	[ "$(cat big.dat)" = 'SHOWN 1' ]
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	git merge -q --no-edit reeve/2-itself
	[ "$(cat big.dat)" = 'SHOWN 2' ]
	merge_now 2
	wait_for 20 is_phase 2 done
}

@test "a sparse checkout stays sparse, old files and new ones; the worker has all (X-36)" {
	mkdir in out
	echo i >in/i
	echo o >out/o
	git add .
	git commit -qm 'two places'
	git sparse-checkout set --cone in
	start_supervisor
	life '[ "$(cat out/o)" = o ] && echo 2 >in/i && echo 3 >out/o && echo 4 >out/new && mkdir out/deep far && echo 5 >out/deep/d && echo 6 >far/f && echo 7 >in/new'
	[ "$(cat in/i in/new)" = $'2\n7' ]
	[ ! -e out ] && [ ! -e far ]
	[ "$(git ls-files -t | grep '^S' | tr '\n' ' ')" = 'S far/f S out/deep/d S out/new S out/o S src/main.c ' ]
	git cat-file -e main:far/f
}

@test "hooks, monitors, pagers and programs that the repository names are never run by us (X-23 D-41)" {
	mkdir "$BATS_TEST_TMPDIR/evil"
	for h in post-checkout pre-commit commit-msg post-commit pre-merge-commit post-merge reference-transaction \
		post-index-change pre-push post-rewrite; do
		printf '#!/bin/sh\ntouch "%s/x"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/evil/$h"
	done
	chmod +x "$BATS_TEST_TMPDIR/evil"/*
	config '[defaults]' 'drain = 60s' # the worker goes on after its report
	cp "$BATS_TEST_TMPDIR/evil"/* .git/hooks/
	start_supervisor
	# it is the worker who says so, in the configuration that all share, and cleans his own calls of it
	new 'evil' "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null
		echo '*.txt diff=e filter=e' >.git-attributes; mv .git-attributes .gitattributes; echo a >a.txt; git add -A
		git commit -qm one && reeve done -m ok
		for k in core.fsmonitor core.sshCommand core.pager pager.diff diff.external diff.e.command diff.e.textconv \
			core.editor sequence.editor credential.helper gpg.program core.alternateRefsCommand; do
			git config \$k 'touch $BATS_TEST_TMPDIR/x; cat'
		done
		git config core.hooksPath $BATS_TEST_TMPDIR/evil"
	wait_for 20 is_phase 1 human-review
	wait_for 10 git config core.hooksPath
	no_file_x
	says 0 '+a' reeve diff 1
	[[ $(PAGER='cat; echo MINE' script -qec 'reeve diff 1' /dev/null) == *MINE* ]]
	says 0 '' reeve fsck
	reeve pass 1
	wait_for 20 is_phase 1 done
	[ "$(cat a.txt)" = a ]
	wait_for 10 gone 1
	new 'next' 'exec sleep infinity'
	wait_for 20 is_phase 2 working
	reeve cancel 2
	wait_for 10 is_phase 2 cancelled
	no_file_x
	GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null GIT_CONFIG_KEY_1=core.fsmonitor \
		GIT_CONFIG_VALUE_1="" git status --porcelain >"$BATS_TEST_TMPDIR/status"
	[ ! -s "$BATS_TEST_TMPDIR/status" ]
}

@test "worktreeConfig, untracked cache, index 4, a git directory elsewhere, names that differ in case: work (X-36 X-32)" {
	touch readme
	mkdir SRC
	echo other >SRC/main.c
	git add .
	git commit -qm 'case'
	mkdir "$BATS_TEST_TMPDIR/git"
	git init -q --separate-git-dir="$BATS_TEST_TMPDIR/git/dir" "$REPO"
	git config core.repositoryFormatVersion 1
	git config extensions.worktreeConfig true
	git config --worktree core.untrackedCache true
	git update-index --untracked-cache --index-version 4
	start_supervisor
	life '[ "$(cat SRC/main.c)" = other ] && echo 2 >readme && echo 3 >SRC/new && echo hi >hello.txt'
	[ "$(cat README readme SRC/new hello.txt)" = $'hello\n2\n3\nhi' ]
	wait_for 10 gone 1
	[ "$(ls "$BATS_TEST_TMPDIR/git")" = dir ]
}

@test "a partial clone works with what is here; what is missing is counted, and the remedy works (D-41 X-36)" {
	for i in 1 2; do
		echo "$i" >file
		git add .
		git commit -qm "v$i"
	done
	git config uploadpack.allowFilter true
	git config uploadpack.allowAnySHA1InWant true
	mv "$REPO" "$BATS_TEST_TMPDIR/origin"
	git clone -q --filter=blob:none "file://$BATS_TEST_TMPDIR/origin" "$REPO"
	cd "$REPO"
	start_supervisor
	life '[ "$(cat file)" = 2 ] && echo 3 >file'
	[ "$(cat file)" = 3 ]
	git -C ../origin commit -q --allow-empty -m 'more'
	echo new >../origin/new
	git -C ../origin add .
	git -C ../origin commit -qm 'new'
	git fetch -q
	git branch other origin/main
	new 'on other' '[ "$(cat new)" = new ] && echo 1 >one && git add . && git commit -qm one && reeve done -m ok' --base other
	wait_for 10 blocked 2 '1 files of branch "other" are not here'
	git fetch -q --refetch --no-filter
	wait_for 40 is_phase 2 human-review
	[ "$(field 2 .deaths)" = 0 ]
}

@test "whatever fails, no worker begins in the main worktree, and that is as it was (D-3 X-34 E-37)" {
	local trees=$REEVE_STATE/worktrees/app before
	git config -f "$REEVE_STATE/config" agent.sh.start \
		"sh -c '{ pwd; git rev-parse --absolute-git-dir; } >>$BATS_TEST_TMPDIR/began; exec sleep infinity'"
	git checkout -q -b reeve/3-has
	before=$(main_is)
	# all that could point to the main worktree: the directory and the environment of the supervisor
	GIT_DIR=$REPO/.git GIT_WORK_TREE=$REPO GIT_INDEX_FILE=$REPO/.git/index start_supervisor
	new good x
	has_begun() { [ "$(cat "$BATS_TEST_TMPDIR/began" 2>/dev/null | wc -l)" = 2 ]; }
	wait_for 20 has_begun
	[ "$(cat "$BATS_TEST_TMPDIR/began")" = "$trees/1-good"$'\n'"$REPO/.git/worktrees/1-good" ]
	[ "$(main_is)" = "$before" ]
	# a link to it in the place of a worktree; a branch that it has; somebody's directory
	ln -s "$REPO" "$trees/2-link"
	mkdir "$trees/4-dir"
	echo mine >"$trees/4-dir/mine"
	new link x
	new has x
	new dir x
	wait_for 10 failed 2 'is in the way of a worktree'
	wait_for 10 failed 3 "is checked out in $REPO"
	wait_for 10 failed 4 'holds files and is not a worktree'
	for i in 2 3 4; do
		wait_for 20 is_phase "$i" ready
		[ "$(field "$i" .deaths)" = 0 ]
	done
	[ "$(wc -l <"$BATS_TEST_TMPDIR/began")" = 2 ]
	[ "$(main_is)" = "$before" ]
	[ "$(cat "$trees/4-dir/mine")" = mine ]
}

@test "a worktree that lost its .git makes git fail there, not work in a repository around it (E-37)" {
	git init -q -b main "$BATS_TEST_TMPDIR"
	git -C "$BATS_TEST_TMPDIR" commit -q --allow-empty -m 'around the state directory'
	around=$(git -C "$BATS_TEST_TMPDIR" rev-parse main)
	start_supervisor
	new 'loses' "rm .git; git commit -q --allow-empty -m astray; echo \$? >$BATS_TEST_TMPDIR/status; exec sleep infinity"
	wait_for 20 test -s "$BATS_TEST_TMPDIR/status"
	[ "$(cat "$BATS_TEST_TMPDIR/status")" = 128 ]
	[ "$(git -C "$BATS_TEST_TMPDIR" rev-parse main)" = "$around" ]
}
