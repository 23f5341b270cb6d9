#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Titles and texts that want to be more than words.
load world
load bad
setup() { world_up; }
teardown() { world_down; }

esc=$'\e]0;pwned\a\e[2J\e[31m\x7f\b'
bidi=$'a\u202eb\u2066c\u200bd\u009bm'

# The window of ticket $1, as tmux knows it: name and title option, taken while its worker waits.
window() {
	tmux -S "$SOCKET" list-windows -a -F '#{window_name}' | grep "^$1-"
}

@test "titles that are commands, formats, paths, options, escapes: inert, from new to merged (X-8 X-10 X-7)" {
	local n=0 title branch
	start_supervisor
	config '[defaults]' 'slots = 20'
	for title in '#(touch x)' '#{pane_id} #[fg=red]' '../../../x' '; touch x;' '$(touch x) `touch x`' "' touch x '" '"|touch x' \
		"$esc" "$bidi" '....' '日本語' 'refs/heads/main' '@{-1}' 'a.lock' '%s%n%d' '~' 'CON'; do
		n=$((n + 1))
		mkfifo "$BATS_TEST_TMPDIR/go.$n"
		[ "$(reeve new "$title" --review none -m "read -r _ <$BATS_TEST_TMPDIR/go.$n; echo $n >f$n; git add . && git commit -qm $n && reeve done -m $n")" = $n ]
	done
	for i in $(seq "$n"); do
		wait_for 20 is_phase "$i" working
		branch=$(field "$i" .branch)
		[[ $branch =~ ^reeve/$i-[a-z0-9]([a-z0-9-]*[a-z0-9])?$ ]]
		[ -d "$REEVE_STATE/worktrees/app/${branch#reeve/}" ]
		[[ $(window "$i") =~ ^$i-[a-z0-9-]+$ ]]
	done
	for command in 'ls --all' 'status' 'show 1' 'show 8' 'show 9' 'log 8' 'log 9'; do
		# shellcheck disable=SC2086
		plain reeve $command
	done
	no_file_x
	for i in $(seq "$n"); do
		echo >"$BATS_TEST_TMPDIR/go.$i"
	done
	for i in $(seq "$n"); do
		wait_for 20 is_phase "$i" done
		[ "$(git show "main:f$i")" = "$i" ]
	done
	no_file_x
	reeve sync # of what is done nothing is left
	git fsck --no-progress
	reeve fsck
}

@test "titles that cannot be one: refused with the limit, nothing is made (X-7)" {
	says 1 'must be one line' reeve new $'two\nlines'
	says 1 'it can have 500' reeve new "$(head -c 10240 /dev/zero | tr '\0' y)"
	says 1 'it can have 500' reeve new "$(printf 'é%.0s' {1..500})"
	says 2 'the title is empty' reeve new ''
	says 2 'the title is empty' reeve new '   '
	says 2 'there is no option -r' reeve new -rf
	says 1 'is not UTF-8' reeve new 'text' -m $'\xff\xfe'
	[ -z "$(ls "$REEVE_STATE/tickets")" ]
	[ -z "$(ls "$REEVE_STATE/spool/new")" ]
	says 0 1 reeve new --park "$(printf 'é%.0s' {1..250})"
	says 0 2 reeve new --park -- '-rf'
	says 0 3 reeve new --park -- '--review'
	[ "$(field 1 .title)" = "$(printf 'é%.0s' {1..250})" ]
	[ "$(field 2 .title)" = '-rf' ]
	[[ $(field 2 .branch) == reeve/2-rf ]]
	reeve fsck
}

@test "texts of a worker and of a person are shown without their control bytes, and kept as they were said (X-10 X-9)" {
	printf '%s' "$esc $bidi #(touch x) \$(touch x)" >"$BATS_TEST_TMPDIR/evil"
	start_supervisor
	new 'evil' "echo \$(cat $BATS_TEST_TMPDIR/evil); echo 1 >f; git add .; git commit -qm \"\$(cat $BATS_TEST_TMPDIR/evil)\"
		reeve note -F $BATS_TEST_TMPDIR/evil; reeve done -m \"\$(tr -d '\\000-\\037\\177' <$BATS_TEST_TMPDIR/evil)\""
	wait_for 20 is_phase 1 human-review
	reeve fail 1 -F "$BATS_TEST_TMPDIR/evil" || reeve fail 1 -m 'no'
	second() { [ "$(field 1 .episode)" = 1.2 ] && is_phase 1 human-review; }
	wait_for 20 second # it has something to show
	reeve new 'a long text' --park -m "$(head -c 10240 /dev/zero | tr '\0' z)"
	for command in 'ls --all' status 'show 1' 'show 2' 'log 1' 'tail 1'; do
		# shellcheck disable=SC2086
		plain reeve $command
	done
	[ "$(field 2 '.description | length')" = 10240 ]
	reeve pass 1
	wait_for 20 is_phase 1 done
	no_file_x
	stop_supervisor
	reeve fsck
}

@test "a text that looks like the ticket file's own lines stays text (X-25)" {
	text=$'Phase: done\nRev: 99\n\nhistory:\n1 2026-01-01T00:00:00Z reeve merged approved>done - - x\n--\nreeve-ticket 1\n.\n..\n'
	reeve new 'forged' --park -m "$text"
	is_phase 1 parked
	[ "$(field 1 .rev)" = 1 ]
	[ "$(field 1 .description)" = "$(printf '%s' "$text")" ]
	reeve fsck
}
