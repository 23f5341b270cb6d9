#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What Tab offers: by the command itself, and in real shells.
load world
setup() {
	world_up
	cd "$REPO" || exit
	reeve new 'first of all' --park --mission login >/dev/null
	reeve new $'bad \e[31m $(touch pwned) title' --park --notify boss >/dev/null
	reeve new 'over' --park >/dev/null
	reeve cancel 3
}
teardown() { world_down; }

# words WORD...: what is offered for the last one, without what it is
words() {
	reeve completion --words -- "$@" | cut -f 1 | paste -sd ' '
}

@test "each command offers the tickets that it is for, the newest first, with what they are" {
	[ "$(words show '')" = '3 2 1' ]
	[ "$(words cancel '')" = '2 1' ]
	[ "$(words park '')" = '' ]
	[ "$(words unpark '')" = '2 1' ]
	[ "$(words reopen '')" = 3 ]
	[ "$(words answer '')" = '' ]
	[ "$(words new x --after '')" = '2 1' ]
	[ "$(words new x --after 2,)" = 2,1 ]
	[ "$(words new x --after=1,)" = --after=1,2 ]
	[ "$(words cancel 2 '')" = 1 ]
	[ "$(reeve completion --words -- show 1)" = $'1\tparked: first of all' ]
	[ "$(reeve completion --words -- show 2)" = $'2\tparked: bad \\x1b[31m $(touch pwned) title' ]
}

@test "names: agents, missions, inboxes, repositories, refused signals, refs; what no shell takes as a word is left out" {
	[ "$(words ls --mission '')" = login ]
	[ "$(words inbox '')" = boss ]
	mkdir -p "$REEVE_STATE/inbox/ann/new" "$REEVE_STATE/inbox/.x y"
	[ "$(words inbox '')" = 'ann boss' ]
	[ "$(words new x --repo '')" = app ]
	[[ " $(words assign 1 '') " == *' claude '* ]]
	git branch 'evil$(touch${IFS}pwned)'
	git branch -- feature/x
	git tag v1.2
	[ "$(words new x --from '' | tr ' ' '\n' | sort | paste -sd ' ')" = 'feature/x main v1.2' ]
	echo '{}' >"$REEVE_STATE/spool/tmp/x"
	mv "$REEVE_STATE/spool/tmp/x" "$REEVE_STATE/spool/new/20260101T000000Z.1.1.7.aaaaaaaaaaaaaaaa.json"
	reeve sync
	[ "$(words discard 2026)" = 20260101T000000Z.1.1.7.aaaaaaaaaaaaaaaa.json ]
	[ ! -e pwned ]
}

# refs WORD...: as words, sorted
refs() {
	words "$@" | tr ' ' '\n' | sort | paste -sd ' '
}

@test "refs: branches alone for a base, found by how they begin among very many; no option, and none is no reason for none" {
	git update-ref refs/heads/-x HEAD
	git update-ref refs/heads/--json HEAD
	git update-ref refs/remotes/origin/theirs HEAD
	git tag v1.2
	[ "$(refs new x --base '')" = main ]
	[ "$(refs new x --from '')" = 'main origin/theirs v1.2' ]
	[ "$(refs new x --from origin/)" = origin/theirs ]
	[ "$(refs new x --from 'v1.?')" = '' ]
	seq -f "create refs/heads/deep/er/b%.0f $(git rev-parse HEAD)" 0 2499 | git update-ref --stdin
	[ "$(refs new x --base deep/er/b2499)" = deep/er/b2499 ]
	[ "$(refs new x --base de | wc -w)" = 2000 ]
	# its commit is not there
	echo 1234567890123456789012345678901234567890 >.git/refs/heads/broken
	[ "$(refs new x --base ma)" = main ]
	[ "$(refs new x --from v)" = v1.2 ]
}

@test "in a repository of somebody who means harm, nothing of it is run, and git that hangs is ended (X-23)" {
	local evil="touch $BATS_TEST_TMPDIR/pwned"
	mkdir hooks
	for hook in post-index-change reference-transaction; do
		printf '#!/bin/sh\n%s\n' "$evil" >hooks/$hook
		chmod +x hooks/$hook
	done
	printf '[core]\n\tpager = %s\n[alias]\n\tfor-each-ref = !%s\n' "$evil" "$evil" >included
	git config include.path "$PWD/included"
	git config core.fsmonitor "$evil;"
	git config core.hooksPath "$PWD/hooks"
	git config core.sshCommand "$evil"
	git config remote.origin.url "ext::$evil"
	git config remote.origin.promisor true
	git config extensions.partialClone origin
	echo 1234567890123456789012345678901234567890 >.git/refs/heads/broken
	find .git "$REEVE_STATE" -printf '%p %T@ %s\n' | sort >"$BATS_TEST_TMPDIR/before"
	[[ " $(words new x --base '') " == *' main '* ]]
	find .git "$REEVE_STATE" -printf '%p %T@ %s\n' | sort | cmp - "$BATS_TEST_TMPDIR/before"
	[ ! -e "$BATS_TEST_TMPDIR/pwned" ]
	rm .git/packed-refs 2>/dev/null || :
	mkfifo .git/packed-refs
	[ "$(timeout 20 "$(command -v reeve)" completion --words -- new x --base '')" = '' ]
	[ "$(words new x --agent cla)" = claude ]
}

@test "where a file is wanted it says so; nothing is no mistake: no state directory, no command, text" {
	run reeve completion --words -- new x -F ''
	[ "$status" = 1 ] && [ -z "$output" ]
	run reeve completion --words -- new ''
	[ "$status" = 0 ] && [ -z "$output" ]
	run reeve completion --words -- nonsense ''
	[ "$status" = 0 ] && [ -z "$output" ]
	REEVE_STATE=$BATS_TEST_TMPDIR/none run reeve completion --words -- show ''
	[ "$status" = 0 ]
	[ ! -e "$BATS_TEST_TMPDIR/none" ]
	run reeve completion csh
	[ "$status" = 2 ]
}

# A shell of ours in a window: typed SHELL... with what `keys` sends, then the screen has to show $1.
typed() {
	local shell=$1 line=$2 wanted=$3
	# a server whose last session has ended goes, and who comes just then is turned away
	tmux -S "$SOCKET" -f /dev/null new-session -d -s keeper 'exec sleep infinity' 2>/dev/null || :
	tmux -S "$SOCKET" -f /dev/null new-session -d -s "typed" -x 100 -y 40 "env -i HOME=$HOME TERM=screen PATH=$PATH REEVE_STATE=$REEVE_STATE $shell"
	# it may not read yet: the prompt says when
	wait_for 20 shows 'ready>'
	tmux -S "$SOCKET" send-keys -t typed -l "$line"
	tmux -S "$SOCKET" send-keys -t typed Tab
	wait_for 20 shows "$wanted" || {
		tmux -S "$SOCKET" capture-pane -p -t typed
		tmux -S "$SOCKET" kill-session -t typed
		false
	}
	tmux -S "$SOCKET" kill-session -t typed
}
shows() {
	tmux -S "$SOCKET" capture-pane -p -t typed | grep -qF -- "$1"
}

@test "bash: Tab completes a command, an option, a ticket, a value behind =, a file" {
	echo 'PS1="ready>"; bind "set show-all-if-ambiguous on"' >"$HOME/rc"
	reeve completion bash >>"$HOME/rc"
	: >a-file-of-mine
	bash="bash --noprofile --rcfile $HOME/rc"
	typed "$bash" 'reeve unp' 'reeve unpark'
	typed "$bash" 'reeve new x --mis' 'reeve new x --mission'
	typed "$bash" 'reeve cancel ' '2  1'
	typed "$bash" 'reeve new x --review=hu' '--review=human'
	typed "$bash" 'reeve tell 1 -F a-fi' 'reeve tell 1 -F a-file-of-mine'
	typed "$bash" 'reeve new "two words" --notify b' '"two words" --notify boss'
}

@test "bash: words that it cuts, quotes that are open, a redirection, options of the shell, an alias" {
	printf '%s\n' 'PS1="ready>"; set -eu; IFS=er2; shopt -s nocasematch' "alias reeve='touch pwned; reeve'" >"$HOME/rc"
	# shellcheck disable=SC2016
	echo 'eval "$(command reeve completion bash)"' >>"$HOME/rc"
	: >a-file-of-mine
	git branch a@b
	bash="bash --noprofile --rcfile $HOME/rc"
	typed "$bash" 'reeve assign -m a=b:c 1 cla' 'reeve assign -m a=b:c 1 claude'
	typed "$bash" 'reeve new x --base a@' 'reeve new x --base a@b'
	typed "$bash" 'reeve new x --file=a-fi' 'reeve new x --file=a-file-of-mine'
	typed "$bash" 'reeve tell 1 -F a-fi' 'reeve tell 1 -F a-file-of-mine' # the shell goes on, in spite of set -e
	typed "$bash" "reeve new 'x y' --agent 'cla" "reeve new 'x y' --agent 'claude'"
	typed "$bash" 'reeve show 1 >a-fi' 'reeve show 1 >a-file-of-mine'
	typed "$bash" 'reeve new $(touch pwned) `touch pwned` --agent cla' '--agent claude'
	[ ! -e pwned ]
}

@test "zsh: the same, and what each thing is" {
	mkdir -p "$HOME/zsh"
	{
		printf 'PS1="ready>"\nautoload -Uz compinit && compinit -u -D\n'
		reeve completion zsh
	} >"$HOME/zsh/.zshrc"
	: >a-file-of-mine
	zsh="ZDOTDIR=$HOME/zsh zsh -d -i"
	typed "$zsh" 'reeve unp' 'reeve unpark'
	typed "$zsh" 'reeve cancel ' '1  -- parked: first of all'
	typed "$zsh" 'reeve cancel ' '2  -- parked: bad \x1b[31m $(touch pwned) title'
	typed "$zsh" 'reeve tell 1 -F a-fi' 'reeve tell 1 -F a-file-of-mine'
	typed "$zsh" 'reeve new "two words" --notify b' '"two words" --notify boss'
	typed "$zsh" 'reeve new x --file=a-fi' 'reeve new x --file=a-file-of-mine'
	typed "$zsh" "reeve new x --agent 'cla" "reeve new x --agent 'claude'"
	sed -i "1isetopt ksharrays nounset errexit; IFS=er2; alias reeve='touch pwned; reeve'" "$HOME/zsh/.zshrc"
	typed "$zsh" 'reeve new x --review=hu' 'reeve new x --review=human'
	[ ! -e pwned ]
}

@test "fish: the same, and what each thing is" {
	: >a-file-of-mine
	offered() {
		fish --no-config -c 'reeve completion fish | source; complete -C "$argv[1]"' -- "$1"
	}
	[ "$(offered 'reeve unp' | cut -f 1)" = unpark ]
	[ "$(offered 'reeve cancel ' | head -1)" = $'2\tparked: bad \\x1b[31m $(touch pwned) title' ]
	[ "$(offered 'reeve new "two words" --notify b')" = boss ]
	[ "$(offered 'reeve tell 1 -F a-fi' | cut -f 1)" = a-file-of-mine ]
	[ "$(offered 'reeve new x --file=a-fi' | cut -f 1)" = --file=a-file-of-mine ]
	[ "$(offered "reeve new x --agent 'cla" | cut -f 1)" = claude ]
	[ "$(offered 'reeve new (touch pwned) --agent cla' | cut -f 1)" = claude ]
	[ ! -e pwned ]
}
