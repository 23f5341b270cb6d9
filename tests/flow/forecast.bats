#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Conflicts told before they happen: status and show say which live tickets of one repository change the same lines.
bats_require_minimum_version 1.5.0
load world
load bad
setup() {
	world_up
	seq 1 30 >"$REPO/lines"
	git -C "$REPO" add lines
	git -C "$REPO" commit -qm lines
}
teardown() { world_down; }

# A worker that puts WORD into line N of the file `lines`, and reports.
at() {
	printf 'sed -i "%ss/.*/%s/" lines && git commit -qam "%s" && reeve done -m done' "$1" "$2" "$2"
}
conflicts() {
	reeve status --json | jq -c '[.conflicts[] | [.tickets, .repo, .paths, .more]]'
}
# what git was asked for, a line a call; the wrapper is put before git
count_git() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "$*" >>%s/git.log\nexec %s "$@"\n' "$BATS_TEST_TMPDIR" "$(command -v git)" >"$BATS_TEST_TMPDIR/bin/git"
	chmod +x "$BATS_TEST_TMPDIR/bin/git"
	: >"$BATS_TEST_TMPDIR/git.log"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH "$@" >/dev/null || :
	wc -l <"$BATS_TEST_TMPDIR/git.log"
}

@test "two tickets on the same lines are told, others are not; the exit status is not changed" {
	start_supervisor
	new 'first' "$(at 3 one)"
	new 'same line' "$(at 3 two)"
	new 'same file' "$(at 20 three)"
	new 'another file' "$(work other.txt)"
	for i in 1 2 3 4; do wait_for 20 is_phase $i human-review; done
	[ "$(conflicts)" = '[[[1,2],"app",["lines"],0]]' ]
	[ "$(reeve status --json | jq .conflicts_complete)" = true ]
	says 1 '1 and 2, both change lines' reeve status
	says 1 'reeve edit 2 --after 1' reeve status
	says 0 'with 2, in lines' reeve show 1
	says 0 'with 1, in lines' reeve show 2
	[[ $(reeve show 3) != *'will conflict'* ]]
	# it is no blocker: what waits for a person waits as before
	[ "$(reeve status --json | jq .waiting)" = 4 ]
	for i in 1 2 3 4; do wait_for 20 ended $i; done
	# parked, it is in nobody's way; nor is one that is over
	reeve park 2
	[ "$(conflicts)" = '[]' ]
	reeve unpark 2
	[ "$(conflicts)" != '[]' ]
	reeve cancel 2
	[ "$(conflicts)" = '[]' ]
	# nothing was written into the repository, and nothing is left behind
	[ -z "$(git -C "$REPO" fsck --unreachable --no-reflogs 2>/dev/null | grep -v 'commit\|^$' | head -1)" ]
	[ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'reeve-view-*' -user "$(id -u)" -newer "$BATS_TEST_TMPDIR/init.out")" ]
}

@test "a trial merge runs no driver, hook or monitor of the repository; names are inert (X-23 X-10)" {
	start_supervisor
	odd=$(printf 'a\n\033[2Jb')
	printf 'one\n' >"$REPO/$odd"
	printf '* merge=evil\n' >"$REPO/.gitattributes"
	git -C "$REPO" add -A
	git -C "$REPO" commit -qm odd
	new 'first' "echo 1 >\"\$(printf 'a\\n\\033[2Jb')\"; $(at 3 one)"
	new 'second' "echo 2 >\"\$(printf 'a\\n\\033[2Jb')\"; $(at 3 two)"
	for i in 1 2; do wait_for 20 is_phase $i human-review; done
	mkdir "$BATS_TEST_TMPDIR/hooks"
	for h in post-index-change reference-transaction pre-merge-commit post-checkout; do
		printf '#!/bin/sh\ntouch %s/pwned\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/hooks/$h"
		chmod +x "$BATS_TEST_TMPDIR/hooks/$h"
	done
	git -C "$REPO" config core.hooksPath "$BATS_TEST_TMPDIR/hooks"
	git -C "$REPO" config core.fsmonitor "touch $BATS_TEST_TMPDIR/pwned"
	git -C "$REPO" config merge.evil.driver "touch $BATS_TEST_TMPDIR/pwned; exit 1"
	[ "$(conflicts)" = '[[[1,2],"app",["a\n\u001b[2Jb","lines"],0]]' ]
	plain reeve status
	plain reeve show 1
	says 1 'both change a\n\x1b[2Jb, lines' reeve status
	[ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	# in a hook of another repository
	git init -q "$BATS_TEST_TMPDIR/elsewhere"
	[ "$(GIT_DIR=$BATS_TEST_TMPDIR/elsewhere/.git GIT_INDEX_FILE=x GIT_OBJECT_DIRECTORY=/nowhere GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.bare GIT_CONFIG_VALUE_0=x conflicts | jq length)" = 1 ]
	# git itself, in that repository, would have run the driver
	git -C "$REPO" merge-tree --write-tree reeve/1-first reeve/2-second >/dev/null || :
	[ -e "$BATS_TEST_TMPDIR/pwned" ]
}

@test "it costs nothing without work, two calls of git without a common file, and what is missing is not fatal" {
	start_supervisor
	new 'parked' true --park
	[ "$(count_git reeve status)" = 0 ]
	new 'first' "$(at 3 one)"
	wait_for 20 is_phase 2 human-review
	[ "$(count_git reeve status)" = 0 ]
	new 'second' "$(work other.txt)"
	wait_for 20 is_phase 3 human-review
	[ "$(count_git reeve status)" = 2 ]
	new 'third' "$(at 3 two)"
	wait_for 20 is_phase 4 human-review
	[ "$(count_git reeve status)" = 4 ]
	[ "$(count_git reeve show 4 --json)" = 0 ]
	[ "$(count_git reeve show 3)" = 2 ]
	[ "$(conflicts)" = '[[[2,4],"app",["lines"],0]]' ]
	# an older git, and one that fails: no warning, and it is said that it is not all
	printf '#!/bin/sh\ncase "$*" in *merge-tree*) exit 129;; esac\nexec %s "$@"\n' "$(command -v git)" >"$BATS_TEST_TMPDIR/bin/git"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH reeve status --json | jq -c '[.conflicts, .conflicts_complete]')" = '[[],false]' ]
	[[ $(PATH=$BATS_TEST_TMPDIR/bin:$PATH reeve status) != *'looked at for conflicts'* ]]
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/git"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH reeve status --json | jq -c '[.conflicts, .conflicts_complete]')" = '[[],false]' ]
	mv "$REPO" "$REPO.gone"
	run -1 reeve status
	[ "$(reeve status --json | jq .conflicts_complete)" = false ]
	mv "$REPO.gone" "$REPO"
	# one that hangs costs its time and no more
	printf '#!/bin/sh\nexec sleep 60\n' >"$BATS_TEST_TMPDIR/bin/git"
	SECONDS=0
	says 1 'not all pairs of tickets were looked at' env PATH="$BATS_TEST_TMPDIR/bin:$PATH" reeve status
	[ "$SECONDS" -lt 30 ]
}
